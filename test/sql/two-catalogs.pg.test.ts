import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { comparable, differing } from '../../bench/locks/comparable.ts';
import { openSite, type Site } from '../../bench/locks/site.ts';
import { readTruth } from '../../bench/locks/truth.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { withRelation } from '../../src/sql/catalog-edit.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { testServer } from '../support/postgres.ts';
import { statementsOf } from './schema.ts';

let site: Site;
let world: Catalog;

before(async () => {
  await loadParser();
  site = await openSite(await testServer());
  world = statementsOf(WORLD).reduce(applyStatement, { ...EMPTY_CATALOG, complete: true });
});

after(() => site.close());

test('a schema read from its statements is the one that the server has', async () => {
  assertSame(world, await readCatalog(site.connection));
});

test('each statement changes the schema as it changes the server’s', async (t) => {
  for (const { sql, given, shown } of readTruth()) {
    const one = shown.get(site.version as PostgresVersion);
    if (one === undefined || 'refused' in one || one.transaction === 'alone' || given !== undefined) continue;
    if (!parseSql(sql, 'case.sql').ok || isNewer(sql, site.version)) continue;
    const real = await schemaAfter(sql);
    const applied = statementsOf(sql).reduce(applyStatement, world);
    // The columns of what a query makes are the query's, which the model does not read.
    const isQuery = /^CREATE (UNLOGGED )?TABLE [^(]*(\(.*\) )?AS |^SELECT .* INTO /.test(sql);
    const fresh = applied.relations.get('public.fresh');
    await t.test(sql, () => assertSame(applied, isQuery && fresh ? withRelation(real, fresh) : real));
  }
});

/** What statements change differently since a version; a catalog knows no version, and changes as the newest does. */
const SINCE: readonly (readonly [statement: RegExp, version: number])[] = [
  // Sequences follow their table.
  [/^ALTER TABLE numbered SET (UN)?LOGGED/, 15],
  // Partitions share an identity.
  [/^ALTER TABLE tree ALTER id ADD GENERATED/, 17],
];

function isNewer(sql: string, version: number): boolean {
  return SINCE.some(([statement, since]) => statement.test(sql) && version < since);
}

/** The server's schema after a statement. */
async function schemaAfter(sql: string): Promise<Catalog> {
  await site.connection.script('BEGIN');
  try {
    await site.connection.script(sql);
    return await readCatalog(site.connection);
  } finally {
    await site.connection.script('ROLLBACK');
  }
}

/** Compares the relations that are not the same, so that a failure is short. */
function assertSame(applied: Catalog, real: Catalog): void {
  const [a, b] = [comparable(applied), comparable(real)];
  const different = differing(a, b);
  const only = (all: Record<string, unknown>) =>
    Object.fromEntries(different.map((name) => [name, all[name]]));
  assert.deepEqual(only(a), only(b));
}
