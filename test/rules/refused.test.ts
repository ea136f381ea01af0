import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';

const SCHEMA = `
CREATE TABLE customers (id bigint PRIMARY KEY, up bigint REFERENCES customers);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint CONSTRAINT "the \`key" REFERENCES customers, a int);
CREATE INDEX orders_a ON orders (a);
CREATE INDEX "Orders_b" ON orders (a, id);
CREATE UNLOGGED TABLE carts (id bigint PRIMARY KEY);
CREATE UNLOGGED TABLE lines (cart_id bigint REFERENCES carts);
CREATE TABLE tree (id bigint PRIMARY KEY, up bigint REFERENCES tree);
CREATE TABLE visits (id bigint) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (id);
CREATE TABLE visits_1_1 PARTITION OF visits_1 FOR VALUES FROM (0) TO (5);
CREATE TABLE parent (id bigint);
CREATE TABLE child () INHERITS (parent);`;

const RULES = new Set(['drop-indexes-concurrently', 'set-logged-refused', 'add-column-to-partition']);

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(SCHEMA);
});

const result = (sql: string, transaction: 'file' | 'none' = 'none') =>
  judge(schema, [sourceOf(sql, transaction)]);

describe('statements that the server refuses', () => {
  const cases: readonly (readonly [string, string?])[] = [
    ['DROP INDEX CONCURRENTLY orders_a, "Orders_b"', 'drop-indexes-concurrently'],
    ['DROP INDEX CONCURRENTLY IF EXISTS gone, orders_a', 'drop-indexes-concurrently'],
    ['DROP INDEX CONCURRENTLY orders_a CASCADE', 'drop-indexes-concurrently'],
    ['DROP INDEX CONCURRENTLY orders_a'],
    ['DROP INDEX orders_a, "Orders_b"'],
    ['ALTER TABLE customers SET UNLOGGED', 'set-logged-refused'],
    ['ALTER TABLE lines SET LOGGED', 'set-logged-refused'],
    ['ALTER TABLE customers SET LOGGED'],
    ['ALTER TABLE orders SET UNLOGGED'],
    ['ALTER TABLE carts SET LOGGED'],
    ['ALTER TABLE carts SET UNLOGGED'],
    ['ALTER TABLE tree SET UNLOGGED'],
    ['ALTER TABLE carts SET LOGGED; ALTER TABLE lines SET LOGGED'],
    ['ALTER TABLE orders SET UNLOGGED; ALTER TABLE customers SET UNLOGGED'],
    ['ALTER TABLE visits_1 ADD COLUMN note text', 'add-column-to-partition'],
    ['ALTER TABLE ONLY visits_1_1 ADD COLUMN IF NOT EXISTS note text', 'add-column-to-partition'],
    ['ALTER TABLE visits ADD COLUMN note text'],
    ['ALTER TABLE child ADD COLUMN note text'],
    ['ALTER TABLE visits_1 ALTER id SET DEFAULT 1'],
    ['ALTER TABLE visits_1 DETACH PARTITION visits_1_1; ALTER TABLE visits_1_1 ADD COLUMN note text'],
  ];
  for (const [sql, rule] of cases)
    test(sql, () => {
      const own = complainers(result(sql)).filter((one) => RULES.has(one));
      assert.deepEqual(own, rule === undefined ? [] : [rule]);
    });
});

test('in a transaction the server says first that it takes no CONCURRENTLY there', () => {
  assert.deepEqual(complainers(result('DROP INDEX CONCURRENTLY orders_a, "Orders_b"', 'file')), [
    'concurrently-in-transaction',
  ]);
});

test('the advice names the statements that run', () => {
  const helpOf = (sql: string): string =>
    result(sql).findings.find(({ rule }) => RULES.has(rule))?.help ?? '';
  const drops = helpOf('DROP INDEX CONCURRENTLY IF EXISTS orders_a, "Orders_b"');
  assert.equal(
    drops,
    'Write `DROP INDEX CONCURRENTLY IF EXISTS public.orders_a`, then `DROP INDEX CONCURRENTLY IF EXISTS public."Orders_b"`.',
  );
  for (const [, sql = ''] of drops.matchAll(/`([^`]+)`/g)) assert.ok(parseSql(sql, 'help.sql').ok, sql);
  assert.match(
    helpOf('ALTER TABLE customers SET UNLOGGED'),
    /`ALTER TABLE public\.orders DROP CONSTRAINT "the 'key"`/,
  );
  assert.match(helpOf('ALTER TABLE lines SET LOGGED'), /^Make `public\.carts` logged first/);
  assert.match(helpOf('ALTER TABLE visits_1_1 ADD COLUMN note text'), /^Add `note` to `public\.visits`,/);
});
