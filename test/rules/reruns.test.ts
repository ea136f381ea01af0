import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { rules } from '../../src/rules/registry.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { schemaOf } from '../support/lint.ts';
import { counts, mends, saidBy } from '../support/opinions.ts';
import { advisedSql, findingsOf } from '../support/sections.ts';
import { assertParses } from '../support/told.ts';

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(
    'CREATE TABLE orders (id bigint PRIMARY KEY, note text); CREATE INDEX orders_note ON orders (note);',
  );
});

const MORE = '; SELECT 1';
const BLOCK = (body: string) => `DO $$ BEGIN ${body} END $$`;

counts('reruns', () => schema, {
  'not-rerunnable': [
    [`CREATE TABLE t (id bigint)${MORE}`, 1, 'none'],
    [`DROP TABLE orders${MORE}`, 1, 'none'],
    [`ALTER TABLE orders ADD COLUMN x int${MORE}`, 1, 'none'],
    [`ALTER TABLE orders DROP CONSTRAINT c${MORE}`, 1, 'none'],
    [`CREATE VIEW v AS SELECT 1${MORE}`, 1, 'none'],
    [`CREATE INDEX i ON orders (note)${MORE}`, 1, 'none'],
    [`CREATE INDEX CONCURRENTLY i ON orders (note)${MORE}`, 1, 'none'],
    ['DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY i ON orders (note)', 0, 'none'],
    ['DROP INDEX CONCURRENTLY IF EXISTS j; CREATE INDEX CONCURRENTLY i ON orders (note)', 1, 'none'],
    [`CREATE TABLE t (id bigint)${MORE}`, 0],
    [`CREATE TABLE t (id bigint)${MORE}`, 0, 'implicit'],
    ['CREATE TABLE t (id bigint)', 0, 'none'],
    [`CREATE TABLE IF NOT EXISTS t (id bigint)${MORE}`, 0, 'none'],
    [`DROP TABLE IF EXISTS orders${MORE}`, 0, 'none'],
    [`CREATE OR REPLACE VIEW v AS SELECT 1${MORE}`, 0, 'none'],
    [`ALTER TABLE orders ADD COLUMN IF NOT EXISTS x int${MORE}`, 0, 'none'],
    [`ALTER TABLE orders ALTER note SET DEFAULT 'x'${MORE}`, 0, 'none'],
    [`INSERT INTO orders VALUES (1, 'x')${MORE}`, 0, 'none'],
    ['BEGIN; CREATE TABLE t (id bigint); COMMIT', 0, 'none'],
  ],
  'do-block-ddl': [
    [BLOCK('ALTER TABLE orders ADD COLUMN x int;'), 1],
    [BLOCK('IF true THEN CREATE TABLE t (id bigint); END IF;'), 1],
    [BLOCK("EXECUTE 'DROP TABLE orders';"), 1],
    [BLOCK("UPDATE orders SET note = 'x' WHERE id = 1;"), 0],
    [BLOCK("PERFORM 1; RAISE NOTICE 'x';"), 0],
    ['ALTER TABLE orders ADD COLUMN x int', 0],
  ],
  'dynamic-sql': [
    [BLOCK("EXECUTE 'DROP TABLE ' || current_setting('a.b');"), 1],
    ["DO LANGUAGE plpython3u 'x'", 1],
    [BLOCK("EXECUTE 'DROP TABLE orders';"), 0],
    [BLOCK('DROP TABLE orders;'), 0],
    ['SELECT 1', 0],
  ],
  'no-prior-backup': [
    ['DELETE FROM orders', 1],
    ['DELETE FROM orders WHERE id = 1', 1],
    ['TRUNCATE orders', 1],
    ['DROP TABLE orders', 1],
    ['ALTER TABLE orders DROP COLUMN note', 1],
    ['CREATE TABLE other AS SELECT 1 AS id; DELETE FROM orders', 1],
    ['INSERT INTO orders SELECT id + 1, note FROM orders; DELETE FROM orders', 1],
    ['CREATE TABLE orders_before AS TABLE orders; DELETE FROM orders', 0],
    ['CREATE TABLE t (id bigint); INSERT INTO t SELECT id FROM orders; DROP TABLE orders', 0],
    ['CREATE TABLE t (id bigint); DROP TABLE t', 0],
    ['CREATE TEMP TABLE t (id bigint); DELETE FROM t', 0],
    ['DROP INDEX orders_note', 0],
    ["UPDATE orders SET note = 'x'", 0],
  ],
});

mends('reruns', () => schema, [
  [
    'not-rerunnable',
    `CREATE  TABLE t (id bigint)${MORE}`,
    `CREATE  TABLE IF NOT EXISTS t (id bigint)${MORE}`,
    'none',
  ],
  [
    'not-rerunnable',
    `create unlogged table t (id bigint)${MORE}`,
    `create unlogged table IF NOT EXISTS t (id bigint)${MORE}`,
    'none',
  ],
  [
    'not-rerunnable',
    `CREATE UNIQUE INDEX i ON orders (note)${MORE}`,
    `CREATE UNIQUE INDEX IF NOT EXISTS i ON orders (note)${MORE}`,
    'none',
  ],
  [
    'not-rerunnable',
    `CREATE MATERIALIZED VIEW m AS SELECT 1${MORE}`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT 1${MORE}`,
    'none',
  ],
  [
    'not-rerunnable',
    `CREATE VIEW v AS SELECT 1${MORE}`,
    `CREATE OR REPLACE VIEW v AS SELECT 1${MORE}`,
    'none',
  ],
  [
    'not-rerunnable',
    `DROP INDEX CONCURRENTLY orders_note${MORE}`,
    `DROP INDEX CONCURRENTLY IF EXISTS orders_note${MORE}`,
    'none',
  ],
  ['not-rerunnable', `DROP TABLE orders${MORE}`, `DROP TABLE IF EXISTS orders${MORE}`, 'none'],
]);

test('an index without a name cannot be guarded, and has no fix', () => {
  const [finding] = saidBy(
    'not-rerunnable',
    'reruns',
    schema,
    `CREATE INDEX ON orders (note)${MORE}`,
    'none',
  );
  assert.deepEqual(finding?.fix, []);
});

test('all of them are opinions, hostile names stay inside their backticks, and advised SQL parses', () => {
  assert.deepEqual(
    rules.filter(({ section, optIn }) => section === 'reruns' && !optIn),
    [],
  );
  const name = '"a ""b"" `c`\n\'d\'"';
  const catalog = schemaOf(`CREATE TABLE ${name} (id bigint PRIMARY KEY);`);
  for (const sql of [`DELETE FROM ${name}`, BLOCK(`DROP TABLE ${name};`), `DROP TABLE ${name}${MORE}`]) {
    const found = findingsOf('reruns', catalog, sql, 'none');
    assert.ok(found.length > 0, sql);
    for (const { message, help } of found)
      for (const text of [message, help]) assert.equal(text.split('`').length % 2, 1, text);
  }
  const [copy] = saidBy('no-prior-backup', 'reruns', schema, 'DELETE FROM orders');
  assert.ok(copy);
  for (const sql of advisedSql(copy)) assertParses(sql);
});
