import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { openSite, type Site } from '../../bench/locks/site.ts';
import { readTruth } from '../../bench/locks/truth.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, type Constraint, EMPTY_CATALOG, type Relation } from '../../src/sql/catalog.ts';
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
    if (!parseSql(sql, 'case.sql').ok) continue;
    const real = await schemaAfter(sql);
    const applied = statementsOf(sql).reduce(applyStatement, world);
    // The columns of what a query makes are the query's, which the model does not read.
    const isQuery = /^CREATE (UNLOGGED )?TABLE [^(]*(\(.*\) )?AS |^SELECT .* INTO /.test(sql);
    const fresh = applied.relations.get('public.fresh');
    await t.test(sql, () => assertSame(applied, isQuery && fresh ? withRelation(real, fresh) : real));
  }
});

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
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const different = names.filter((name) => !isDeepStrictEqual(a[name], b[name]));
  const only = (all: Record<string, unknown>) =>
    Object.fromEntries(different.map((name) => [name, all[name]]));
  assert.deepEqual(only(a), only(b));
}

/** Relations by name with all that both ways can know: no sizes, no texts (the server prints its own), no columns of views. */
function comparable({ relations }: Catalog): Record<string, unknown> {
  const entries = [...relations.values()].map((relation) => [relation.name, facts(relation)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function facts({ rows: _, bytes: __, isNew: ___, ...relation }: Relation): object {
  const isQuery = relation.kind === 'view' || relation.kind === 'materialized view';
  return {
    ...relation,
    columns: isQuery
      ? []
      : relation.columns.map((column) => ({ ...column, default: column.default !== undefined })),
    constraints: relation.constraints
      .filter(({ kind }) => kind !== 'not null')
      .map(plain)
      .sort(),
    parents: [...relation.parents].sort(),
    ...(relation.readColumns ? { readColumns: sortedColumns(relation.readColumns) } : {}),
    ...(relation.reads ? { reads: [...relation.reads].sort() } : {}),
    indexColumns: relation.indexColumns.map((column) => (/^\w+$/.test(column) ? column : 'an expression')),
    ...(relation.otherColumns ? { otherColumns: [...relation.otherColumns].sort() } : {}),
    ...(relation.predicate === undefined ? {} : { predicate: 'a condition' }),
    ...(relation.rules ? { rules: relation.rules.map((rule) => ({ ...rule, definition: '' })) } : {}),
  };
}

function sortedColumns(read: NonNullable<Relation['readColumns']>): object {
  const entries = Object.entries(read).filter(([name]) => world.relations.get(name)?.kind !== 'view');
  return Object.fromEntries(
    entries.map(([name, columns]): [string, string[]] => [name, [...columns].sort()]).sort(),
  );
}

function plain({ expression, ...constraint }: Constraint): string {
  const entries = Object.entries({
    ...constraint,
    columns: [...constraint.columns].sort(),
    expression: expression !== undefined,
  });
  return JSON.stringify(Object.fromEntries(entries.filter(([, value]) => value !== undefined).sort()));
}
