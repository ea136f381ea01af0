import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { measure } from '../../bench/locks/measure.ts';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { boundConditions, boundText, outsideConditions } from '../../src/sql/partition-bound.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { freshDatabase } from '../support/postgres.ts';

/** Partitioned tables with the columns that a table must have to be attached to them. */
const PARENTS: Readonly<
  Record<string, { readonly columns: string; readonly by: string; readonly row: string }>
> = {
  numbers: { columns: 'at integer, kind integer', by: 'RANGE (at)', row: '250, 1' },
  days: { columns: 'at date, kind integer', by: 'RANGE (at)', row: "'2026-01-15', 1" },
  instants: { columns: 'at timestamptz, kind integer', by: 'RANGE (at)', row: "'2026-01-15', 1" },
  pairs: { columns: 'a integer, b integer', by: 'RANGE (a, b)', row: '1, 15' },
  computed: { columns: 'at integer, kind integer', by: 'RANGE ((at + 1))', row: '250, 1' },
  lists: { columns: 'at integer, kind integer', by: 'LIST (kind)', row: '1, 2' },
  words: { columns: 'at integer, "Kind" varchar(9)', by: 'LIST ("Kind")', row: "1, 'b'" },
  flags: { columns: 'at integer, kind boolean', by: 'LIST (kind)', row: '1, true' },
  hashes: { columns: 'at integer, kind integer', by: 'HASH (at)', row: '1, 1' },
};

const BOUNDS: readonly (readonly [string, string])[] = [
  ['numbers', 'FROM (200) TO (300)'],
  ['numbers', "FROM ('200') TO (300)"],
  ['numbers', 'FROM (-7) TO (300)'],
  ['numbers', 'FROM (MINVALUE) TO (300)'],
  ['numbers', 'FROM (200) TO (MAXVALUE)'],
  ['numbers', 'FROM (MINVALUE) TO (MAXVALUE)'],
  ['days', "FROM ('2026-01-01') TO ('2026-02-01')"],
  ['instants', "FROM ('2026-01-01') TO ('2026-02-01')"],
  ['instants', "FROM ('2026-01-01 12:30:00+00') TO ('2026-02-01 00:00:00+00')"],
  ['pairs', 'FROM (1, 10) TO (1, 20)'],
  ['pairs', 'FROM (1, 10) TO (2, 5)'],
  ['pairs', 'FROM (1, MINVALUE) TO (2, MAXVALUE)'],
  ['pairs', 'FROM (0, MAXVALUE) TO (2, MINVALUE)'],
  ['lists', 'IN (2)'],
  ['lists', 'IN (2, 3, -4)'],
  ['lists', 'IN (2, NULL)'],
  ['words', "IN ('b')"],
  ['words', "IN ('b', 'it''s')"],
  ['flags', 'IN (true)'],
];

/** CHECKs of the table that is attached, and whether they prove its bound. */
const LOOKALIKES: readonly (readonly [string, string, string, boolean])[] = [
  ['numbers', 'FROM (200) TO (300)', 'at >= 200 AND at < 300', false],
  ['numbers', 'FROM (200) TO (300)', 'at IS NOT NULL AND at >= 200', false],
  ['numbers', 'FROM (200) TO (300)', 'at IS NOT NULL AND (at >= 200 OR kind > 0) AND at < 300', false],
  ['numbers', 'FROM (200) TO (300)', "at IS NOT NULL AND at >= '200'::bigint::integer AND at < 300", true],
  ['lists', 'IN (2, 3)', 'kind IS NOT NULL AND kind = ANY (ARRAY[3, 2])', true],
  ['lists', 'IN (2, 3)', 'kind IN (2, 3)', false],
  ['lists', 'IN (2, 3)', 'kind IS NOT NULL AND (kind = 2 OR at = 1)', false],
];

let connection: Connection;
before(async () => {
  await loadParser();
  connection = await openConnection(await freshDatabase(), { applicationName: 'pullgres bounds test' });
  await connection.script("SET timezone = 'UTC'");
});
after(() => connection.close());

function statementsOf(sql: string): readonly Statement[] {
  const parsed = parseSql(sql, 'bound.sql');
  assert.ok(parsed.ok, parsed.ok ? '' : `${sql}: ${parsed.problem.message}`);
  return parsed.statements;
}

function schemaOf(sql: string): Catalog {
  const start: Catalog = { ...EMPTY_CATALOG, complete: true, timeZone: 'UTC' };
  return settled(statementsOf(sql).reduce(applyStatement, start));
}

function base(parent: string): string {
  const { columns, by, row } = PARENTS[parent] as (typeof PARENTS)[string];
  return `CREATE TABLE ${parent} (${columns}) PARTITION BY ${by};
    CREATE TABLE part (${columns}); INSERT INTO part VALUES (${row});`;
}

function boundOf(attach: Statement) {
  assert.ok('AlterTableStmt' in attach.node);
  const [command] = attach.node.AlterTableStmt.cmds ?? [];
  assert.ok(command && 'AlterTableCmd' in command);
  const { def } = command.AlterTableCmd;
  assert.ok(def && 'PartitionCmd' in def && def.PartitionCmd.bound);
  return def.PartitionCmd.bound;
}

/** What the server reads for the statement after the setup, and what is predicted from the setup's text and from the server's catalog. */
async function scansOf(setup: string, sql: string) {
  await connection.script('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public');
  await connection.script(setup);
  const { scans } = await measure(connection, sql);
  const version = connection.serverVersion as PostgresVersion;
  const [statement] = statementsOf(sql);
  const predict = (catalog: Catalog) =>
    effects(statement as Statement, catalog, version)
      .relations.filter(({ scan }) => scan)
      .map(({ relation }) => relation)
      .sort();
  return { scans, text: predict(schemaOf(setup)), server: predict(await readCatalog(connection)) };
}

for (const [parent, values] of BOUNDS) {
  const attach = `ALTER TABLE ${parent} ATTACH PARTITION part FOR VALUES ${values}`;

  test(`the CHECK for ${parent} ${values} is proof to the server and to us, and without it the rows are read`, async () => {
    const setup = base(parent);
    const [statement] = statementsOf(attach);
    const bound = boundOf(statement as Statement);
    const table = schemaOf(setup).relations.get(`public.${parent}`);
    const conditions = boundConditions(table, bound);
    assert.ok(conditions);
    const without = await scansOf(setup, attach);
    assert.deepEqual(without, { scans: ['public.part'], text: ['public.part'], server: ['public.part'] });
    const check = `ALTER TABLE part ADD CONSTRAINT bound CHECK (${conditions.join(' AND ')});`;
    assert.deepEqual(await scansOf(`${setup}\n${check}`, attach), { scans: [], text: [], server: [] });
    assert.deepEqual(
      await scansOf(`${setup}\n${check}`, `ALTER TABLE ${parent} ATTACH PARTITION part ${boundText(bound)}`),
      { scans: [], text: [], server: [] },
    );
  });

  test(`the CHECK that keeps ${parent} ${values} out of a default partition is proof to the server and to us`, async () => {
    const [statement] = statementsOf(attach);
    const outside = outsideConditions(
      schemaOf(base(parent)).relations.get(`public.${parent}`),
      boundOf(statement as Statement),
    );
    if (outside === undefined) {
      assert.match(values, /\(.*,.*\) TO|MINVALUE.*MAXVALUE/, 'only these have none');
      return;
    }
    const create = `CREATE TABLE made PARTITION OF ${parent} FOR VALUES ${values}`;
    const setup = `${base(parent)} CREATE TABLE rest PARTITION OF ${parent} DEFAULT;`;
    const found = { scans: ['public.rest'], text: ['public.rest'], server: ['public.rest'] };
    assert.deepEqual(await scansOf(setup, create), found);
    const check = `ALTER TABLE rest ADD CONSTRAINT others CHECK (${outside.join(' AND ')});`;
    assert.deepEqual(await scansOf(`${setup}\n${check}`, create), { scans: [], text: [], server: [] });
  });
}

for (const [parent, values, check, proves] of LOOKALIKES) {
  test(`CHECK (${check}) ${proves ? 'proves' : 'does not prove'} ${values}`, async () => {
    const setup = `${base(parent)} ALTER TABLE part ADD CHECK (${check});`;
    const attach = `ALTER TABLE ${parent} ATTACH PARTITION part FOR VALUES ${values}`;
    const scans = proves ? [] : ['public.part'];
    assert.deepEqual(await scansOf(setup, attach), { scans, text: scans, server: scans });
  });
}

test('a hash bound has no CHECK that proves it', async () => {
  const attach = 'ALTER TABLE hashes ATTACH PARTITION part FOR VALUES WITH (MODULUS 1, REMAINDER 0)';
  const [statement] = statementsOf(attach);
  const table = schemaOf(base('hashes')).relations.get('public.hashes');
  assert.equal(boundConditions(table, boundOf(statement as Statement)), undefined);
  assert.equal(boundText(boundOf(statement as Statement)), 'FOR VALUES WITH (MODULUS 1, REMAINDER 0)');
});
