import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { schemaOf, statementOf } from './schema.ts';

before(loadParser);

const TABLES = `
  CREATE TABLE t (a int, b varchar(9), "Odd Name" int);
  CREATE INDEX i ON t (a);
  CREATE TABLE p (a int) PARTITION BY LIST (a);
  CREATE TABLE q PARTITION OF p FOR VALUES IN (1);
  CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`;

/** `relation lock flags`, one a relation, sorted; `unseen` when the model does not know. */
function brief(sql: string, catalog: Catalog = schemaOf(TABLES), version: PostgresVersion = 18): string[] {
  const { seen, relations } = effects(statementOf(sql), catalog, version);
  if (!seen) return ['unseen'];
  return relations
    .map(({ relation, lock, rewrite, scan, builds, dataLoss }) =>
      [
        relation,
        lock.replace('Lock', ''),
        rewrite && 'rewrite',
        scan && 'scan',
        builds && `builds ${builds}`,
        dataLoss && 'loss',
      ]
        .filter(Boolean)
        .join(' '),
    )
    .sort();
}

describe('outside a transaction, where no lock can be held and read', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['CREATE INDEX CONCURRENTLY n ON t (a)', ['public.t ShareUpdateExclusive builds public.n']],
    ['DROP INDEX CONCURRENTLY i', ['public.i AccessExclusive', 'public.t ShareUpdateExclusive']],
    [
      'REINDEX TABLE CONCURRENTLY t',
      ['public.i AccessExclusive', 'public.t ShareUpdateExclusive builds public.i'],
    ],
    [
      'ALTER TABLE p DETACH PARTITION q CONCURRENTLY',
      ['public.p ShareUpdateExclusive', 'public.q AccessExclusive'],
    ],
    ['VACUUM t', ['public.i RowExclusive', 'public.t ShareUpdateExclusive']],
    ['VACUUM FULL t', ['public.i AccessExclusive rewrite', 'public.t AccessExclusive rewrite']],
    ['VACUUM (FULL false) t', ['public.i RowExclusive', 'public.t ShareUpdateExclusive']],
    [
      'VACUUM (ANALYZE)',
      [
        'public.i RowExclusive',
        'public.p ShareUpdateExclusive',
        'public.q ShareUpdateExclusive',
        'public.t ShareUpdateExclusive',
      ],
    ],
  ];
  for (const [sql, expected] of cases) test(sql, () => assert.deepEqual(brief(sql), expected));
});

test('a function that is known is followed, and a label is like a comment', () => {
  assert.deepEqual(brief('SELECT f()'), []);
  const reader = "; CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT a FROM t'";
  assert.deepEqual(brief('INSERT INTO q SELECT g()', schemaOf(TABLES + reader)), [
    'public.i AccessShare',
    'public.p AccessShare',
    'public.q RowExclusive',
    'public.t AccessShare',
  ]);
  assert.deepEqual(brief("SECURITY LABEL ON TABLE t IS 'x'"), ['public.t ShareUpdateExclusive']);
});

describe('what the model cannot know is not seen', () => {
  const unseen = [
    'SELECT stranger()',
    'SELECT public.stranger()',
    'INSERT INTO t SELECT stranger()',
    'CREATE TABLE n AS SELECT stranger()',
    'CALL anything()',
    "DO $$ DECLARE x text; BEGIN EXECUTE 'DROP TABLE ' || x; END $$",
    'DO $$ BEGIN PERFORM stranger(); END $$',
    'DO $$ BEGIN CALL anything(); END $$',
    'DROP EXTENSION x CASCADE',
    'DROP STATISTICS s',
    'REINDEX DATABASE shop',
    'REINDEX INDEX stranger',
    'CLUSTER',
    'EXECUTE prepared',
    'REASSIGN OWNED BY a TO b',
  ];
  for (const sql of unseen) test(sql, () => assert.deepEqual(brief(sql), ['unseen']));

  const incomplete = ['DROP FUNCTION f() CASCADE', 'DROP TYPE mood CASCADE'];
  for (const sql of incomplete)
    test(`${sql}, when not everything is known`, () => {
      assert.deepEqual(brief(sql, { ...schemaOf(TABLES), complete: false }), ['unseen']);
      assert.deepEqual(brief(sql), []);
    });

  test('VACUUM of everything, when not everything is known', () =>
    assert.deepEqual(brief('VACUUM', { ...schemaOf(TABLES), complete: false }), ['unseen']));
});

describe('an empty catalog: names are believed to be tables', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['ALTER TABLE orders ADD COLUMN a int', ['public.orders AccessExclusive']],
    ['ALTER TABLE s.orders ALTER a SET NOT NULL', ['s.orders AccessExclusive scan']],
    ['ALTER TABLE orders ALTER a TYPE text', ['public.orders AccessExclusive rewrite']],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES s.customers',
      ['public.orders ShareRowExclusive scan', 's.customers ShareRowExclusive'],
    ],
    ['CREATE INDEX n ON orders (a)', ['public.orders Share builds public.n']],
    ['DROP INDEX n', ['public.n AccessExclusive']],
    ['DROP TABLE orders', ['public.orders AccessExclusive loss']],
    ['DROP SCHEMA s CASCADE', ['unseen']],
    ['UPDATE orders SET a = 1', ['public.orders RowExclusive']],
    ['CREATE TABLE n PARTITION OF orders DEFAULT', ['public.orders AccessExclusive']],
    ['WITH orders AS (SELECT 1) SELECT * FROM orders, customers', ['public.customers AccessShare']],
    ['SELECT now(), count(*), pg_catalog.upper($$a$$)', []],
    ['BEGIN', []],
  ];
  for (const [sql, expected] of cases) test(sql, () => assert.deepEqual(brief(sql, EMPTY_CATALOG), expected));
});

test('the search path says which table is meant', () => {
  const sql = 'CREATE TABLE a.t (x int); CREATE TABLE b.t (x int); SET search_path = nowhere, b, a';
  assert.deepEqual(brief('DROP TABLE t', schemaOf(sql)), ['b.t AccessExclusive loss']);
});

test('an index effect is of kind index, and every effect says why', () => {
  const { relations } = effects(statementOf('ALTER TABLE t ALTER a TYPE bigint'), schemaOf(TABLES), 18);
  assert.deepEqual(
    relations.map(({ relation, kind }) => [relation, kind]),
    [
      ['public.t', 'table'],
      ['public.i', 'index'],
    ],
  );
  assert.ok(relations.every(({ why }) => /^[a-z“A-Z].{5,}[^.]$/.test(why)));
});

test('a DO block’s statements see what the ones before them made', () => {
  const sql =
    'DO $$ BEGIN ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t ALTER a SET NOT NULL; END $$';
  assert.deepEqual(brief(sql), ['public.t AccessExclusive scan']);
  assert.deepEqual(
    brief(
      sql.replace('ALTER TABLE t VALIDATE CONSTRAINT c; ', '').replace('NOT VALID', 'NO INHERIT NOT VALID'),
    ),
    ['public.t AccessExclusive scan'],
  );
});

describe('differences between versions', () => {
  const cases: readonly (readonly [string, PostgresVersion, readonly string[]])[] = [
    ['GRANT SELECT ON t TO PUBLIC', 17, []],
    ['GRANT SELECT ON t TO PUBLIC', 18, ['public.t AccessShare']],
    ['ALTER TABLE p DETACH PARTITION q', 13, ['public.p AccessExclusive', 'public.q ShareUpdateExclusive']],
    ['ALTER TABLE p DETACH PARTITION q', 14, ['public.p AccessExclusive', 'public.q AccessExclusive']],
    [
      'ALTER TABLE p ADD UNIQUE (a)',
      17,
      ['public.p AccessExclusive', 'public.q Share builds public.p_a_key'],
    ],
    [
      'ALTER TABLE p ADD UNIQUE (a)',
      18,
      ['public.p AccessExclusive', 'public.q AccessExclusive builds public.p_a_key'],
    ],
  ];
  for (const [sql, version, expected] of cases)
    test(`${sql} on ${version}`, () => assert.deepEqual(brief(sql, schemaOf(TABLES), version), expected));
});

test('without a known time zone a change between timestamp and timestamptz counts as a rewrite', () => {
  const table = 'CREATE TABLE t (a timestamp)';
  const change = 'ALTER TABLE t ALTER a TYPE timestamptz';
  assert.deepEqual(brief(change, schemaOf(table)), ['public.t AccessExclusive rewrite']);
  assert.deepEqual(brief(change, schemaOf(`${table}; SET TIME ZONE 'UTC'`)), ['public.t AccessExclusive']);
  assert.deepEqual(brief(change, schemaOf(`${table}; SET timezone = 'Europe/Paris'`)), [
    'public.t AccessExclusive rewrite',
  ]);
});

describe('which CHECK proves NOT NULL', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['a IS NOT NULL', true],
    ['a IS NOT NULL AND a > 0', true],
    ['(a IS NOT NULL AND b IS NOT NULL) OR a IS NOT NULL', true],
    ['a IS NOT NULL OR b IS NOT NULL', false],
    ['a > 0', false],
    ['NOT (a IS NULL)', false],
    ['b IS NOT NULL', false],
    ['coalesce(a, 0) IS NOT NULL', false],
  ];
  for (const [check, proves] of cases)
    test(check, () =>
      assert.deepEqual(
        brief(
          'ALTER TABLE n ALTER a SET NOT NULL',
          schemaOf(`CREATE TABLE n (a int, b int, CHECK (${check}))`),
        ),
        [`public.n AccessExclusive${proves ? '' : ' scan'}`],
      ),
    );
});
