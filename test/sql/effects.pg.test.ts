import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CASES } from '../../bench/locks/cases.ts';
import { GAPS } from '../../bench/locks/gaps.ts';
import { measure } from '../../bench/locks/measure.ts';
import { type Measured, sorted } from '../../bench/locks/measured.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection, ServerError } from '../../src/postgres/connection.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import type { PostgresVersion, RelationEffect } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { freshDatabase } from '../support/postgres.ts';

let connection: Connection;
/** The same schema, known in two ways: from its statements, and from the server. */
const catalogs = new Map<string, Catalog>();

before(async () => {
  await loadParser();
  connection = await openConnection(await freshDatabase(), { applicationName: 'pullgres effects test' });
  await connection.script("SET timezone = 'UTC'");
  await connection.script(WORLD);
  const start: Catalog = { ...EMPTY_CATALOG, complete: true, timeZone: 'UTC' };
  catalogs.set('its statements', settled(statementsOf(WORLD).reduce(applyStatement, start)));
  catalogs.set('the server', await readCatalog(connection));
});

after(() => connection.close());

test('predicted locks, rewrites, scans and builds are the measured ones, statement by statement', async (t) => {
  const version = connection.serverVersion as PostgresVersion;
  const cases = CASES.filter(({ sql, from = 13, until = 18, given, alone }) => {
    const isTaken = from <= version && version <= until && !alone && given === undefined;
    return isTaken && !GAPS.live.includes(sql) && !GAPS.model.includes(sql);
  });
  assert.ok(cases.length >= 80, 'the table is long enough to mean something');
  for (const { sql } of cases)
    await t.test(sql, async () => {
      const measured = await measure(connection, sql).catch((error: unknown) => {
        throw error instanceof ServerError
          ? new Error(`the server refuses the case: ${error.message}`)
          : error;
      });
      for (const [source, catalog] of catalogs)
        assert.deepEqual(predict(sql, catalog, version), measured, `the schema being known from ${source}`);
    });
});

function predict(
  sql: string,
  catalog: Catalog,
  version: PostgresVersion,
): Measured & { readonly unseen?: boolean } {
  const [statement] = statementsOf(sql);
  const predicted = effects(statement as Statement, catalog, version);
  const tables = predicted.relations.filter(({ kind }) =>
    ['table', 'partitioned table', 'materialized view', 'index', 'sequence', 'view'].includes(kind),
  );
  const names = (test: (effect: RelationEffect) => boolean): readonly string[] =>
    sorted(tables.filter(test).map(({ relation }) => relation));
  const rebuilt = predicted.relations
    .filter(({ kind, rewrite }) => kind === 'index' && rewrite)
    .map(({ relation }) => catalog.relations.get(relation)?.table ?? '');
  return {
    ...(predicted.seen ? {} : { unseen: true }),
    locks: sorted(tables.map(({ relation, lock }) => `${relation} ${lock}`)),
    rewrites: names(({ rewrite }) => rewrite),
    scans: names(({ scan }) => scan),
    builds: sorted([...names(({ builds }) => builds !== undefined), ...rebuilt]),
  };
}

function statementsOf(sql: string): readonly Statement[] {
  const parsed = parseSql(sql, 'world.sql');
  if (!parsed.ok) throw new Error(parsed.problem.message);
  return parsed.statements;
}
