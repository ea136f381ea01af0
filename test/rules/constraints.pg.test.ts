import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { measure } from '../../bench/locks/measure.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { complainers, judge, sourceOf } from '../support/lint.ts';
import { freshDatabase } from '../support/postgres.ts';

before(loadParser);

async function withServer(setup: string, work: (server: Connection) => Promise<void>): Promise<void> {
  const server = await openConnection(await freshDatabase(), {
    applicationName: 'pullgres constraints test',
  });
  try {
    await server.script(setup);
    await work(server);
  } finally {
    await server.close();
  }
}

const version = (server: Connection): PostgresVersion => server.serverVersion as PostgresVersion;

async function findings(server: Connection, sql: string): Promise<readonly Finding[]> {
  const rest = { version: version(server) };
  return judge(await readCatalog(server), [sourceOf(sql, 'none')], rest).findings;
}

/** The statements between backticks. */
function advised(help: string): readonly string[] {
  const pieces = [...help.matchAll(/`([^`]*)`/g)].map(([, piece]) => piece ?? '');
  return pieces.filter((piece) => /^(ALTER TABLE|CREATE) \S+ /.test(piece));
}

/** Runs a step, which must neither read rows nor build under a lock that keeps readers or writers out. */
async function runGently(server: Connection, sql: string): Promise<void> {
  if (!sql.includes('CONCURRENTLY')) {
    const shown = await measure(server, sql);
    const works = shown.scans.length > 0 || shown.builds.length > 0 || shown.rewrites.length > 0;
    const blocks = shown.locks.filter((lock) =>
      / (Share|ShareRowExclusive|Exclusive|AccessExclusive)Lock$/.test(lock),
    );
    assert.ok(!works || blocks.length === 0, `${sql} works under ${blocks.join(', ')}`);
  }
  await server.script(sql);
}

const ROWS = 'SELECT i, i FROM generate_series(1, 50) i';
const PLAIN = `CREATE TABLE "Odd Orders" (id bigint, "Number" bigint); INSERT INTO "Odd Orders" ${ROWS};`;
const SPLIT = `
  CREATE TABLE customers (id bigint PRIMARY KEY);
  INSERT INTO customers SELECT generate_series(1, 50);
  CREATE TABLE events (id bigint, customer_id bigint) PARTITION BY RANGE (id);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
  INSERT INTO events ${ROWS};`;

type Advice = {
  readonly setup: string;
  readonly sql: string;
  readonly rule: string;
  /** What is done before the steps. */
  readonly first?: string;
  /** The statement itself comes after the steps that are advised, instead of being replaced by them. */
  readonly comesLast?: true;
  readonly until?: number;
  readonly since?: number;
};

const ADVICE: readonly Advice[] = [
  {
    setup: PLAIN,
    sql: 'ALTER TABLE "Odd Orders" ADD CONSTRAINT "A b" UNIQUE ("Number", id) DEFERRABLE INITIALLY DEFERRED',
    rule: 'add-unique-constraint',
  },
  {
    setup: PLAIN,
    sql: 'ALTER TABLE "Odd Orders" ADD UNIQUE ("Number") INCLUDE (id)',
    rule: 'add-unique-constraint',
  },
  {
    setup: PLAIN,
    sql: 'ALTER TABLE "Odd Orders" ADD PRIMARY KEY ("Number", id)',
    rule: 'add-primary-key-builds-index',
  },
  {
    setup: `${PLAIN} CREATE UNIQUE INDEX k ON "Odd Orders" ("Number");`,
    sql: 'ALTER TABLE "Odd Orders" ADD CONSTRAINT k PRIMARY KEY USING INDEX k',
    rule: 'add-pk-using-index-nullable',
    comesLast: true,
  },
  { setup: SPLIT, sql: 'ALTER TABLE events ADD UNIQUE (id)', rule: 'add-unique-constraint', comesLast: true },
  {
    setup: SPLIT,
    sql: 'ALTER TABLE events ADD PRIMARY KEY (id)',
    rule: 'add-primary-key-builds-index',
    comesLast: true,
  },
  {
    setup: PLAIN,
    sql: 'ALTER TABLE "Odd Orders" ADD CHECK (id > 0)',
    rule: 'add-check-validating',
    first: 'ALTER TABLE "Odd Orders" ADD CHECK (id > 0) NOT VALID',
  },
  {
    setup: `${SPLIT} CREATE TABLE orders (id bigint, customer_id bigint CONSTRAINT k REFERENCES customers);
      INSERT INTO orders ${ROWS};
      DO $$ BEGIN EXECUTE 'ALTER TABLE orders ALTER CONSTRAINT k NOT ENFORCED';
        EXCEPTION WHEN syntax_error THEN NULL; END $$;`,
    sql: 'ALTER TABLE orders ALTER CONSTRAINT k ENFORCED',
    rule: 'alter-constraint-enforced',
    since: 18,
  },
];

describe('the steps that a help advises run, and work on no rows under a lock that keeps others out', () => {
  for (const { setup, sql, rule, first, comesLast, since = 13, until = 18 } of ADVICE)
    test(`${rule}: ${sql}`, async () => {
      await withServer(setup, async (server) => {
        if (version(server) < since || version(server) > until) return;
        const found = (await findings(server, sql)).filter((finding) => finding.rule === rule);
        assert.equal(found.length, 1);
        const steps = advised(found[0]?.help ?? '');
        assert.ok(steps.length > 0, found[0]?.help);
        for (const step of [...(first === undefined ? [] : [first]), ...steps]) await runGently(server, step);
        if (!comesLast) return;
        assert.deepEqual(
          complainers(judge(await readCatalog(server), sql, { version: version(server) })),
          [],
        );
        await runGently(server, sql);
      });
    });

  test('add-fk-not-valid-partitioned: the partition’s own key, its validation, and the whole table’s', async () => {
    await withServer(SPLIT, async (server) => {
      const key = 'ALTER TABLE events ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers';
      const found = await findings(server, `${key} NOT VALID`);
      assert.deepEqual(
        found.map(({ rule }) => rule),
        version(server) < 18 ? ['add-fk-not-valid-partitioned'] : [],
      );
      for (const step of advised(found[0]?.help ?? '')) await runGently(server, step);
      if (found.length === 0) return;
      await runGently(server, 'ALTER TABLE events_1 VALIDATE CONSTRAINT k');
      assert.deepEqual(await findings(server, key), []);
      await runGently(server, key);
    });
  });
});

/** What the model expects of one statement, in the measurement's words. */
function predicted(statement: Statement, catalog: Catalog, of: PostgresVersion) {
  const { relations } = effects(statement, catalog, of);
  const tables = relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned table');
  return {
    scans: tables.filter(({ scan }) => scan).map(({ relation }) => relation),
    builds: tables.filter(({ builds }) => builds !== undefined).map(({ relation }) => relation),
  };
}

describe('one statement after another, the model expects the scans and builds that the server makes', () => {
  const sequences: readonly (readonly [name: string, since: number, ...statements: string[]])[] = [
    [
      'a partitioned table takes over its partitions’ foreign keys',
      13,
      'ALTER TABLE events_1 ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID',
      'ALTER TABLE events_1 VALIDATE CONSTRAINT k',
      'ALTER TABLE events ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers',
    ],
    [
      'and their unique constraints',
      13,
      'ALTER TABLE events_1 ADD CONSTRAINT u UNIQUE (id)',
      'ALTER TABLE events ADD CONSTRAINT whole UNIQUE (id)',
      'ALTER TABLE events ADD CONSTRAINT w UNIQUE (id, customer_id)',
    ],
    [
      'a foreign key that is enforced again is checked, once',
      18,
      'ALTER TABLE events_1 ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers NOT ENFORCED',
      'ALTER TABLE events_1 ALTER CONSTRAINT k ENFORCED',
      'ALTER TABLE events_1 ALTER CONSTRAINT k NOT ENFORCED',
      'ALTER TABLE events_1 ALTER CONSTRAINT k NOT ENFORCED',
      'ALTER TABLE events_1 ALTER CONSTRAINT k ENFORCED',
      'ALTER TABLE events_1 ALTER CONSTRAINT k DEFERRABLE',
    ],
  ];
  for (const [name, since, ...statements] of sequences)
    test(name, async () => {
      await withServer(SPLIT, async (server) => {
        if (version(server) < since) return;
        let catalog = await readCatalog(server);
        for (const sql of statements) {
          const parsed = parseSql(sql, 'step.sql');
          assert.ok(parsed.ok);
          const statement = parsed.statements[0] as Statement;
          const { scans, builds } = await measure(server, sql);
          assert.deepEqual(predicted(statement, catalog, version(server)), { scans, builds }, sql);
          assert.deepEqual(
            predicted(statement, await readCatalog(server), version(server)),
            { scans, builds },
            `${sql}, the schema being read from the server`,
          );
          catalog = applyStatement(catalog, statement);
          await server.script(sql);
        }
      });
    });
});
