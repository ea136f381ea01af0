import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Catalog, Relation } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { schemaOf } from './schema.ts';

before(loadParser);

function relation(catalog: Catalog, name: string): Relation {
  const found = catalog.relations.get(name);
  assert.ok(found, `${name} is known`);
  return found;
}

/** A table in short: columns with `!` for NOT NULL, constraints with `?` while not validated. */
function brief({ columns, constraints }: Relation): { columns: string[]; constraints: string[] } {
  return {
    columns: columns.map(({ name, type, notNull }) => `${name} ${type}${notNull ? '!' : ''}`),
    constraints: constraints.map(({ name, kind, validated }) => `${name} ${kind}${validated ? '' : '?'}`),
  };
}

describe('tables', () => {
  const cases: readonly (readonly [string, string, string[], string[]])[] = [
    [
      'types become canonical',
      'CREATE TABLE t (a int, b varchar(9), c numeric(8), d timestamptz(3), e char, f int8[], g bit(3), h decimal(4,2), i interval(2), j float4)',
      [
        'a integer',
        'b character varying(9)',
        'c numeric(8,0)',
        'd timestamp(3) with time zone',
        'e character(1)',
        'f bigint[]',
        'g bit(3)',
        'h numeric(4,2)',
        'i interval(2)',
        'j real',
      ],
      [],
    ],
    ['serial is a filled integer', 'CREATE TABLE t (a bigserial)', ['a bigint!'], []],
    [
      'constraints get the names that Postgres gives',
      'CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, c int CHECK (c > 0), d int REFERENCES t, CHECK (a > c), UNIQUE (b, c), CHECK (c > a))',
      ['a integer!', 'b integer', 'c integer', 'd integer'],
      [
        't_pkey primary key',
        't_b_key unique',
        't_c_check check',
        't_d_fkey foreign key',
        't_check check',
        't_b_c_key unique',
        't_check1 check',
      ],
    ],
    [
      'NOT VALID is kept until VALIDATE',
      'CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID; ALTER TABLE t ADD CONSTRAINT d CHECK (a > 1) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT d',
      ['a integer'],
      ['c check?', 'd check'],
    ],
    [
      'ALTER changes type, NOT NULL, name',
      'CREATE TABLE t (a int, b int NOT NULL, c int); ALTER TABLE t ALTER a TYPE bigint, ALTER a SET NOT NULL, ALTER b DROP NOT NULL; ALTER TABLE t RENAME c TO d; ALTER TABLE t ADD COLUMN e text, ADD COLUMN IF NOT EXISTS e int',
      ['a bigint!', 'b integer', 'd integer', 'e text'],
      [],
    ],
    [
      'a dropped column takes its constraints along',
      'CREATE TABLE t (a int UNIQUE, b int CHECK (b > 0), c int); ALTER TABLE t DROP COLUMN a, DROP COLUMN b',
      ['c integer'],
      [],
    ],
    [
      'a NOT NULL constraint that waits proves nothing',
      'CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID',
      ['a integer'],
      ['n not null?'],
    ],
    [
      'validated it does',
      'CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT n',
      ['a integer!'],
      ['n not null'],
    ],
    [
      'dropped it does no more',
      'CREATE TABLE t (a int CONSTRAINT n NOT NULL); ALTER TABLE t DROP CONSTRAINT n',
      ['a integer'],
      [],
    ],
    [
      'LIKE copies columns',
      'CREATE TABLE s (a int NOT NULL, b text CHECK (b > a)); CREATE TABLE t (LIKE s INCLUDING CONSTRAINTS, c int)',
      ['a integer!', 'b text', 'c integer'],
      ['s_a_not_null not null', 's_check check'],
    ],
    [
      'a DO block counts',
      'CREATE TABLE t (a int); DO $$ BEGIN ALTER TABLE t ADD COLUMN b int; END $$',
      ['a integer', 'b integer'],
      [],
    ],
    [
      'IF NOT EXISTS leaves the first',
      'CREATE TABLE t (a int); CREATE TABLE IF NOT EXISTS t (b int)',
      ['a integer'],
      [],
    ],
  ];
  for (const [name, sql, columns, constraints] of cases)
    test(name, () => assert.deepEqual(brief(relation(schemaOf(sql), 'public.t')), { columns, constraints }));
});

test('a CHECK keeps its text as far as it can be printed', () => {
  const catalog = schemaOf(
    `CREATE TABLE t (a int, "B" text, CHECK (a IS NOT NULL AND NOT "B" = 'it''s' OR a IN (1, 2)), CHECK (a BETWEEN 1 AND 2))`,
  );
  assert.deepEqual(
    relation(catalog, 'public.t').constraints.map(({ expression, columns }) => [expression, columns]),
    [
      [`(((a IS NOT NULL) AND (NOT ("B" = 'it''s'))) OR (a IN (1, 2)))`, ['a', 'B']],
      [undefined, ['a']],
    ],
  );
});

test('foreign keys know both sides, and follow names', () => {
  const catalog = schemaOf(
    'CREATE TABLE p (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE c (a int REFERENCES p, b text REFERENCES p (code)); ALTER TABLE p RENAME TO parents; ALTER TABLE parents RENAME code TO label',
  );
  assert.deepEqual(
    relation(catalog, 'public.c').constraints.map(({ references, referencedColumns }) => [
      references,
      referencedColumns,
    ]),
    [
      ['public.parents', ['id']],
      ['public.parents', ['label']],
    ],
  );
});

describe('indexes', () => {
  const indexes = (sql: string): string[] =>
    [...schemaOf(sql).relations.values()]
      .filter(({ kind }) => kind === 'index')
      .map(
        ({ name, table, indexColumns, unique }) =>
          `${name} ${table} ${indexColumns}${unique ? ' unique' : ''}`,
      );
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [
      'CREATE TABLE t (a int, b int); CREATE INDEX ON t (a, b); CREATE INDEX ON t (a, b)',
      ['public.t_a_b_idx public.t a,b', 'public.t_a_b_idx1 public.t a,b'],
    ],
    [
      'CREATE TABLE t (a text); CREATE UNIQUE INDEX ON t (lower(a)) INCLUDE (a)',
      ['public.t_lower_a_idx public.t lower(a) unique'],
    ],
    ['CREATE TABLE t (a int PRIMARY KEY); ALTER TABLE t DROP CONSTRAINT t_pkey', []],
    ['CREATE TABLE t (a int UNIQUE); ALTER INDEX t_a_key RENAME TO k; ALTER TABLE t DROP CONSTRAINT k', []],
    [
      'CREATE TABLE t (a int); CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i',
      ['public.k public.t a unique'],
    ],
    ['CREATE TABLE t (a int, b int); CREATE INDEX i ON t (a); ALTER TABLE t DROP COLUMN a', []],
    ['CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP INDEX i', []],
    [
      'CREATE TABLE t (a int); CREATE INDEX i ON t (a); ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME a TO b',
      ['public.i public.u b'],
    ],
    [
      'CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE t1 PARTITION OF t DEFAULT; CREATE INDEX i ON t (a)',
      ['public.i public.t a', 'public.t1_a_idx public.t1 a'],
    ],
    [
      'CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE t1 PARTITION OF t DEFAULT; CREATE INDEX i ON ONLY t (a)',
      ['public.i public.t a'],
    ],
    ['CREATE TABLE t (a int); CREATE INDEX i ON t (a); DROP TABLE t', []],
  ];
  for (const [sql, expected] of cases) test(sql, () => assert.deepEqual(indexes(sql), expected));
});

describe('families', () => {
  test('a partition has its parent’s columns, constraints and indexes', () => {
    const catalog = schemaOf(
      'CREATE TABLE p (a int PRIMARY KEY, b int CHECK (b > 0)) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p DEFAULT; ALTER TABLE p ADD COLUMN c int',
    );
    const partition = relation(catalog, 'public.p1');
    assert.deepEqual(brief(partition), {
      columns: ['a integer!', 'b integer', 'c integer'],
      constraints: ['p_b_check check', 'p1_pkey primary key'],
    });
    assert.deepEqual([partition.parents, partition.isDefaultPartition], [['public.p'], true]);
    assert.deepEqual(relation(catalog, 'public.p').partitionKey, ['a']);
    assert.equal(relation(catalog, 'public.p1_pkey').table, 'public.p1');
  });

  test('children come and go by INHERIT and ATTACH', () => {
    const catalog = schemaOf(
      'CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE q (a int); ALTER TABLE p ATTACH PARTITION q DEFAULT; CREATE TABLE x (); CREATE TABLE y () INHERITS (x); ALTER TABLE x ADD COLUMN n int; ALTER TABLE y NO INHERIT x',
    );
    assert.deepEqual(
      [relation(catalog, 'public.q').parents, relation(catalog, 'public.q').isDefaultPartition],
      [['public.p'], true],
    );
    assert.deepEqual(
      [relation(catalog, 'public.y').parents, brief(relation(catalog, 'public.y')).columns],
      [[], ['n integer']],
    );
  });

  test('a dropped table takes partitions and views along, and frees who referred to it', () => {
    const catalog = schemaOf(
      'CREATE TABLE p (a int PRIMARY KEY) PARTITION BY LIST (a); CREATE TABLE q PARTITION OF p DEFAULT; CREATE VIEW v AS SELECT * FROM p; CREATE MATERIALIZED VIEW w AS SELECT * FROM v; CREATE TABLE c (a int REFERENCES p); DROP TABLE p CASCADE',
    );
    assert.deepEqual([...catalog.relations.keys()], ['public.c']);
    assert.deepEqual(relation(catalog, 'public.c').constraints, []);
  });
});

describe('names', () => {
  const names = (sql: string): string[] => [...schemaOf(sql).relations.keys()].sort();
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['CREATE SCHEMA s CREATE TABLE t (a int)', ['s.t']],
    ['SET search_path = s, public; CREATE TABLE t (a int)', ['s.t']],
    ['CREATE TABLE s.t (a int); SET search_path TO s; ALTER TABLE t RENAME TO u', ['s.u']],
    ["SET search_path = '$user', s; CREATE TABLE t (a int)", ['s.t']],
    ['SET search_path = s; RESET search_path; CREATE TABLE t (a int)', ['public.t']],
    ['CREATE TABLE t (a int UNIQUE); ALTER TABLE t SET SCHEMA s', ['s.t', 's.t_a_key']],
    ['CREATE TABLE a.t (x int); ALTER SCHEMA a RENAME TO b', ['b.t']],
    ['CREATE TABLE a.t (x int); DROP SCHEMA a CASCADE', []],
    ['CREATE TEMP TABLE t (a int)', ['pg_temp.t']],
    ['CREATE TABLE "My.Table" (a int)', ['public.My.Table']],
    ['CREATE TABLE t (a serial)', ['public.t', 'public.t_a_seq']],
    ['CREATE TABLE t AS SELECT 1; SELECT 1 INTO u; CREATE SEQUENCE s', ['public.s', 'public.t', 'public.u']],
  ];
  for (const [sql, expected] of cases) test(sql, () => assert.deepEqual(names(sql), expected));
});

test('types and functions', () => {
  const catalog = schemaOf(`
    CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN plain AS int; CREATE DOMAIN tight AS plain CHECK (VALUE > 0);
    CREATE DOMAIN over AS tight; CREATE DOMAIN later AS int; ALTER DOMAIN later SET NOT NULL; CREATE TYPE gone AS (a int); DROP TYPE gone;
    CREATE FUNCTION f() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE FUNCTION s.g() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TABLE t (a mood, b over[]); ALTER TYPE mood RENAME TO temper`);
  assert.deepEqual(
    [...catalog.types].map(([name, { kind, constrained, base }]) => [name, kind, constrained, base]),
    [
      ['public.temper', 'enum', false, undefined],
      ['public.plain', 'domain', false, 'integer'],
      ['public.tight', 'domain', true, 'public.plain'],
      ['public.over', 'domain', true, 'public.tight'],
      ['public.later', 'domain', true, 'integer'],
    ],
  );
  assert.deepEqual(
    [...catalog.functions],
    [
      ['public.f', 'immutable'],
      ['s.g', 'volatile'],
    ],
  );
  assert.deepEqual(brief(relation(catalog, 'public.t')).columns, ['a public.temper', 'b public.over[]']);
});

test('what statements make is new until the schema is settled', () => {
  const made = schemaOf('CREATE TABLE t (a int)');
  assert.deepEqual([relation(made, 'public.t').isNew, relation(made, 'public.t').rows], [true, 0]);
  const old = settled(made);
  assert.deepEqual([relation(old, 'public.t').isNew, relation(old, 'public.t').rows], [false, undefined]);
  const more = schemaOf('CREATE TABLE u (a int); ALTER TABLE t ADD COLUMN b int', old);
  assert.deepEqual([relation(more, 'public.t').isNew, relation(more, 'public.u').isNew], [false, true]);
});

test('a schema is never changed in place', () => {
  const first = schemaOf('CREATE TABLE t (a int)');
  const before = JSON.stringify([...first.relations]);
  schemaOf('ALTER TABLE t ADD COLUMN b int; CREATE INDEX ON t (a); DROP TABLE t', first);
  assert.equal(JSON.stringify([...first.relations]), before);
});

test('what is not known is left alone', () => {
  const sql =
    'ALTER TABLE nope ADD COLUMN a int, DROP COLUMN b, ALTER c SET NOT NULL, ADD PRIMARY KEY (c), VALIDATE CONSTRAINT d; DROP TABLE nope; DROP INDEX nope; ALTER TABLE nope RENAME TO other; CREATE TABLE t (LIKE nope)';
  assert.deepEqual([...schemaOf(sql).relations.keys()], ['public.t']);
});
