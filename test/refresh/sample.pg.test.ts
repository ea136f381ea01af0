import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import type { SourceColumn, SourceTable, TypeCategory } from '../../src/masking/source.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { sampleColumns } from '../../src/refresh/sample.ts';
import { freshDatabase } from '../support/postgres.ts';

let facts: ConnectionFacts;
let connection: Connection;

before(async () => {
  facts = await freshDatabase();
  connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  await connection.script("SET search_path = ''");
});

after(() => connection.close());

type Column = readonly [name: string, category: TypeCategory];

async function tableOf(
  name: string,
  columns: readonly Column[],
  more: Partial<SourceTable> = {},
): Promise<SourceTable> {
  const { rows } = await connection.query(
    `SELECT pg_catalog.pg_relation_size(oid) / 8192 AS blocks FROM pg_catalog.pg_class WHERE relname = $1`,
    [name],
  );
  return {
    schema: 'public',
    name,
    kind: 'table',
    inherits: [],
    partitionColumns: [],
    keys: [],
    foreignKeys: [],
    checks: [],
    persistence: 'permanent',
    blocks: Number(rows[0]?.blocks),
    columns: columns.map(
      ([column, category], index): SourceColumn => ({
        name: column,
        number: index + 1,
        notNull: false,
        type: { sql: category, base: category, baseSchema: 'pg_catalog', category },
      }),
    ),
    ...more,
  };
}

test('values of every kind come as text, elements apart, nulls not at all', async () => {
  await connection.script(`
    CREATE TABLE public.kinds (t text, j jsonb, a text[], n int, i inet, e text[], d date, b bytea);
    INSERT INTO public.kinds VALUES
      ('one', '{"a": 1}', '{x,"y, z",NULL}', 7, '198.51.100.7', '[0:1]={p,q}', '2020-02-03', 'bytes'),
      (NULL, NULL, '{{m,"n\\"o"},{r,s}}', NULL, NULL, '{}', NULL, NULL), ('one', '[2]', NULL, 7, NULL, NULL, NULL, NULL)`);
  const table = await tableOf('kinds', [
    ['t', 'text'],
    ['j', 'json'],
    ['a', 'array'],
    ['n', 'integer'],
    ['i', 'network'],
    ['e', 'array'],
    ['d', 'date'],
    ['b', 'bytes'],
  ]);
  const samples = await sampleColumns(connection, table);
  const values = Object.fromEntries([...samples].map(([name, sample]) => [name, sample.values]));
  assert.deepEqual(values, {
    t: ['one'],
    j: ['{"a": 1}', '[2]'],
    a: ['x', 'y, z', 'm', 'n"o', 'r', 's'],
    n: ['7'],
    i: ['198.51.100.7'],
    e: ['p', 'q'],
    d: ['2020-02-03'],
  });
  assert.equal(samples.get('t')?.rows, 3);
});

test('hostile names are names, and nothing that they say is run', async () => {
  const hostile = 'x"; DROP TABLE public.kinds; --';
  await connection.script(`CREATE TABLE public."a""b'; --" ("x""; DROP TABLE public.kinds; --" text, "t" text, "ctid'" text);
    INSERT INTO public."a""b'; --" VALUES ('v', 'w', 'z')`);
  const table = await tableOf(`a"b'; --`, [
    [hostile, 'text'],
    ['t', 'text'],
    [`ctid'`, 'text'],
  ]);
  const samples = await sampleColumns(connection, table);
  assert.deepEqual(
    [...samples].map(([name, { values }]) => [name, values]),
    [
      [hostile, ['v']],
      ['t', ['w']],
      [`ctid'`, ['z']],
    ],
  );
  assert.equal(
    (await connection.query(`SELECT pg_catalog.to_regclass('public.kinds') IS NOT NULL AS there`)).rows[0]
      ?.there,
    true,
  );
});

test('a big table gives its first and last rows and some between, at most 1,000 values', async () => {
  await connection.script(`CREATE TABLE public.big AS
    SELECT i, pg_catalog.repeat('x', 200) || i AS text FROM pg_catalog.generate_series(1, 30000) AS i; ANALYZE public.big`);
  const table = await tableOf(
    'big',
    [
      ['i', 'integer'],
      ['text', 'text'],
    ],
    { rows: 30_000 },
  );
  const sample = (await sampleColumns(connection, table)).get('i');
  const seen = (sample?.values ?? []).map(Number);
  assert.equal(seen[0], 1);
  assert.ok(seen.includes(30_000), 'the newest row was not looked at');
  assert.ok(
    seen.some((value) => value > 5_000 && value < 25_000),
    'nothing between was looked at',
  );
  assert.equal(seen.length, 1_000);
  assert.ok(sample && sample.rows >= 1_000 && sample.rows < 10_000);
});

test('long values are cut, and what is stored larger than a megabyte is left alone', async () => {
  await connection.script(`CREATE TABLE public.long (t text, j jsonb);
    INSERT INTO public.long SELECT pg_catalog.repeat('ab', 5000), pg_catalog.to_jsonb(pg_catalog.repeat('c', 50000));
    ALTER TABLE public.long ALTER t SET STORAGE EXTERNAL;
    INSERT INTO public.long (t) SELECT pg_catalog.repeat('z', 2000000)`);
  const samples = await sampleColumns(
    connection,
    await tableOf('long', [
      ['t', 'text'],
      ['j', 'json'],
    ]),
  );
  assert.deepEqual(
    samples.get('t')?.values.map((value) => value.length),
    [2_000],
  );
  assert.deepEqual(
    samples.get('j')?.values.map((value) => value.length),
    [16_000],
  );
});

test('a partitioned table is sampled in its partitions, first and last', async () => {
  await connection.script(`CREATE TABLE public.parted (k int, v text) PARTITION BY RANGE (k);
    CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES FROM (0) TO (10);
    CREATE TABLE public."parted 2" PARTITION OF public.parted FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k);
    CREATE TABLE public.parted_2a PARTITION OF public."parted 2" FOR VALUES FROM (10) TO (20);
    INSERT INTO public.parted VALUES (1, 'first'), (15, 'last')`);
  const table = await tableOf('parted', [['v', 'text']], { kind: 'partitioned table' });
  assert.deepEqual((await sampleColumns(connection, table)).get('v'), { values: ['first', 'last'], rows: 2 });
});

test('a column that the server cannot write as text has no sample, the others have; a transaction stays whole', async () => {
  // A value that is no more of its domain is still shown; one whose enum label is gone cannot be.
  await connection.script(`CREATE TYPE public.mood AS ENUM ('good', 'gone');
    CREATE TABLE public.broken (m public.mood, t text);
    INSERT INTO public.broken VALUES ('gone', 'fine');
    DELETE FROM pg_catalog.pg_enum WHERE enumlabel = 'gone'`);
  const table = await tableOf('broken', [
    ['m', 'enum'],
    ['t', 'text'],
  ]);
  assert.deepEqual([...(await sampleColumns(connection, table)).keys()], ['t']);
  await connection.script('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  assert.deepEqual([...(await sampleColumns(connection, table)).keys()], ['t']);
  assert.equal((await connection.query('SELECT 1 AS one')).rows[0]?.one, 1);
  await connection.script('COMMIT');
});

test("a cast that somebody wrote is not run: a type's own output is read", async () => {
  await connection.script(`CREATE TYPE public.pair AS (a text, b text);
    CREATE FUNCTION public.told(public.pair) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'the cast was run'; END $$;
    CREATE CAST (public.pair AS text) WITH FUNCTION public.told(public.pair) AS IMPLICIT;
    CREATE TABLE public.pairs (p public.pair);
    INSERT INTO public.pairs VALUES (ROW('x', NULL)), (ROW(NULL, NULL)), (NULL)`);
  const samples = await sampleColumns(connection, await tableOf('pairs', [['p', 'composite']]));
  assert.deepEqual(samples.get('p'), { values: ['(x,)', '(,)'], rows: 3 });
});

test('who may not read the rows is told so, without a word of the server', async () => {
  await connection.script(`CREATE ROLE sample_reader; CREATE TABLE public.closed (v text);
    INSERT INTO public.closed VALUES ('hidden-value')`);
  const table = await tableOf('closed', [['v', 'text']]);
  await connection.script('SET ROLE sample_reader');
  try {
    await assert.rejects(sampleColumns(connection, table), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /may not read all rows of "public"\."closed" \(SQLSTATE 42501\)/);
      return true;
    });
  } finally {
    await connection.script('RESET ROLE');
  }
});

test('a table without columns that could be read gives nothing', async () => {
  await connection.script('CREATE TABLE public.bare ()');
  assert.equal((await sampleColumns(connection, await tableOf('bare', []))).size, 0);
});
