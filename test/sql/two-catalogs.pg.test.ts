import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CASES } from '../../bench/locks/cases.ts';
import { GAPS } from '../../bench/locks/gaps.ts';
import { openSite, type Site } from '../../bench/locks/site.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { ServerError } from '../../src/postgres/connection.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, type Constraint, EMPTY_CATALOG, type Relation } from '../../src/sql/catalog.ts';
import { withRelation } from '../../src/sql/catalog-edit.ts';
import { loadParser } from '../../src/sql/parse.ts';
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
  assert.deepEqual(comparable(world), comparable(await readCatalog(site.connection)));
});

test('each statement changes the schema as it changes the server’s', async (t) => {
  const cases = CASES.filter(({ sql, from = 13, until = 18, alone, given }) => {
    const isTaken = from <= site.version && site.version <= until;
    return isTaken && !alone && given === undefined && !GAPS.catalogs.includes(sql);
  });
  for (const { sql } of cases) {
    const real = await schemaAfter(sql);
    const applied = statementsOf(sql).reduce(applyStatement, world);
    // The columns of what a query makes are the query's, which the model does not read.
    const isQuery = /^CREATE (UNLOGGED )?TABLE \w+ AS |^SELECT .* INTO /.test(sql);
    const fresh = applied.relations.get('public.fresh');
    if (real !== undefined)
      await t.test(sql, () =>
        assert.deepEqual(
          comparable(applied),
          comparable(isQuery && fresh ? withRelation(real, fresh) : real),
        ),
      );
  }
});

/** The server's schema after a statement; undefined when the statement refuses a transaction, which the truth table tells. */
async function schemaAfter(sql: string): Promise<Catalog | undefined> {
  await site.connection.script('BEGIN');
  try {
    await site.connection.script(sql);
    return await readCatalog(site.connection);
  } catch (error) {
    if (error instanceof ServerError && error.code === '25001') return undefined;
    throw error;
  } finally {
    await site.connection.script('ROLLBACK');
  }
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
    triggers: undefined,
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
