import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Claim } from '../../src/rules/rule.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { type Measured, measure } from '../sql/measure.ts';
import { freshDatabase } from '../support/postgres.ts';
import { lintExample, readExample, statementsOf } from './rule-folder.ts';

before(loadParser);

for (const rule of rules)
  describe(rule.slug, () => {
    test('the server runs bad.sql and shows what the rule claims', async () => {
      const example = await readExample(rule.slug, 'bad.sql');
      const { measured, version } = await inDatabase(example.setup, async (connection) => {
        const shown = [];
        for (const { sql } of statementsOf(example.migration)) {
          shown.push(await measure(connection, sql));
          await connection.script(sql);
        }
        return { measured: shown, version: connection.serverVersion as PostgresVersion };
      });
      const { findings, statements } = lintExample(example, version);
      for (const { place, relation } of findings) {
        const index = statements.findIndex(({ statement }) => statement.place.startByte === place.startByte);
        assert.deepEqual(shownFor(measured[index] as Measured, relation ?? ''), claimed(rule.claim));
      }
      assert.ok(findings.length > 0, 'bad.sql has a finding to prove');
    });

    test('the server runs good.sql', async () => {
      const { setup, migration } = await readExample(rule.slug, 'good.sql');
      await inDatabase(setup, async (connection) => {
        for (const { sql } of statementsOf(migration)) await connection.script(sql);
      });
    });
  });

/** Runs on a fresh database with the example's tables, which hold rows. */
async function inDatabase<T>(setup: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await openConnection(await freshDatabase(), { applicationName: 'pullgres law test' });
  try {
    await connection.script(setup);
    return await work(connection);
  } finally {
    await connection.close();
  }
}

function shownFor(measured: Measured, relation: string): Claim | undefined {
  const lock = measured.locks.find((text) => text.startsWith(`${relation} `))?.split(' ')[1];
  const rewrite = measured.rewrites.includes(relation);
  return claimed({
    lock: lock as Claim['lock'],
    rewrite,
    scan: measured.scans.includes(relation),
    // A rewrite builds every index of the table anew; a claim speaks of new ones.
    builds: !rewrite && measured.builds.includes(relation),
  });
}

function claimed({ lock, rewrite, scan, builds }: Claim): Claim {
  return { lock, rewrite, scan, builds };
}
