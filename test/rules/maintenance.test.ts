import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';
import { assertParses, ofSection, tellsRules } from '../support/told.ts';

const BASE = `
CREATE TABLE orders (id bigint PRIMARY KEY, amount numeric);
CREATE TABLE lines (order_id bigint, "Line No" int, PRIMARY KEY (order_id, "Line No"));
CREATE MATERIALIZED VIEW totals AS SELECT id, amount FROM orders;
CREATE MATERIALIZED VIEW ready AS SELECT id, amount FROM orders;
CREATE UNIQUE INDEX ready_id ON ready (id);
CREATE MATERIALIZED VIEW partly AS SELECT id, amount FROM orders;
CREATE UNIQUE INDEX partly_id ON partly (id) WHERE id > 5;
CREATE UNIQUE INDEX partly_expression ON partly ((id + 1));
`;

let base: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  base = schemaOf(BASE);
});
const MADE = 'CREATE TABLE made (id bigint);';
const OUT = { transaction: 'none' } as const;

describe('materialized views', () => {
  tellsRules('maintenance', () => base, [
    ['REFRESH MATERIALIZED VIEW totals', ['refresh-matview-blocking']],
    ['REFRESH MATERIALIZED VIEW totals', ['refresh-matview-blocking'], OUT],
    ['REFRESH MATERIALIZED VIEW totals WITH NO DATA', ['refresh-matview-blocking']],
    ['REFRESH MATERIALIZED VIEW elsewhere', ['refresh-matview-blocking']],
    ['REFRESH MATERIALIZED VIEW CONCURRENTLY ready', []],
    ['CREATE MATERIALIZED VIEW fresh AS SELECT 1; REFRESH MATERIALIZED VIEW fresh', []],
    ['CREATE MATERIALIZED VIEW fresh AS SELECT id FROM orders', []],
  ]);
  tellsRules(
    'maintenance',
    () => base,
    [
      ['REFRESH MATERIALIZED VIEW CONCURRENTLY ready', ['refresh-matview-concurrent']],
      ['CREATE MATERIALIZED VIEW fresh AS SELECT id FROM orders', ['create-matview-with-data']],
      ['CREATE MATERIALIZED VIEW fresh AS SELECT id FROM orders WITH NO DATA', []],
      ['CREATE MATERIALIZED VIEW IF NOT EXISTS totals AS SELECT id FROM orders', []],
      ['CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS id', []],
      [`${MADE} CREATE MATERIALIZED VIEW fresh AS SELECT id FROM made`, []],
    ],
    ['refresh-matview-concurrent', 'create-matview-with-data'],
  );

  const finding = (sql: string, catalog = base) => {
    const [one] = ofSection('maintenance', judge(catalog, [sourceOf(sql)]).findings);
    assert.ok(one);
    return one;
  };

  test('with a unique index over plain columns the fix is CONCURRENTLY, and then all is well', () => {
    const sql = '/* ä */ refresh materialized  view ready';
    const { help, fix } = finding(sql);
    assert.ok(help.includes('`REFRESH MATERIALIZED VIEW CONCURRENTLY public.ready`'), help);
    const [edit] = fix;
    assert.ok(edit && fix.length === 1);
    const bytes = Buffer.from(sql);
    const mended = `${bytes.subarray(0, edit.startByte)}${edit.text}${bytes.subarray(edit.endByte)}`;
    assert.deepEqual(complainers(judge(base, mended)), []);
    assert.deepEqual(judge(base, mended).problems, []);
  });

  test('an index with WHERE, or over an expression, does not do', () => {
    const { help, fix } = finding('REFRESH MATERIALIZED VIEW partly');
    assert.deepEqual(fix, []);
    assert.match(help, /unique index/i);
  });

  test('the index that is missing is written out, when the source’s key shows', () => {
    const view = base.relations.get('public.totals');
    const columns = base.relations.get('public.orders')?.columns ?? [];
    assert.ok(view);
    const relations = new Map([...base.relations, ['public.totals', { ...view, columns }]]);
    const { help } = finding('REFRESH MATERIALIZED VIEW totals', { ...base, relations });
    const index = 'CREATE UNIQUE INDEX totals_id_key ON public.totals (id)';
    assert.ok(help.includes(`\`${index}\``), help);
    assertParses(index);
  });
});

describe('maintenance', () => {
  tellsRules('maintenance', () => base, [
    ['VACUUM FULL orders', ['vacuum-full'], OUT],
    ['VACUUM (FULL, ANALYZE) orders, lines', ['vacuum-full', 'vacuum-full'], OUT],
    ['VACUUM (FULL 1) orders', ['vacuum-full'], OUT],
    ['VACUUM FULL', ['vacuum-full'], OUT],
    ['VACUUM (FULL false) orders', [], OUT],
    ['VACUUM (FULL 0) orders', [], OUT],
    ['VACUUM (ANALYZE) orders', [], OUT],
    ['ANALYZE orders', []],
    [`${MADE} VACUUM FULL made`, [], OUT],
    ['VACUUM FULL orders', ['non-transactional-command']],

    ['CLUSTER orders USING orders_pkey', ['cluster']],
    ['CLUSTER orders', ['cluster'], OUT],
    ['CLUSTER', ['cluster'], OUT],
    ['CLUSTER', ['non-transactional-command']],
    ['ALTER TABLE orders CLUSTER ON orders_pkey', []],
    ['CREATE TABLE made (id bigint PRIMARY KEY); CLUSTER made USING made_pkey', []],

    ['CREATE DATABASE fresh', ['non-transactional-command']],
    ['DROP DATABASE fresh', ['non-transactional-command']],
    ["CREATE TABLESPACE fast LOCATION '/x'", ['non-transactional-command']],
    ['DROP TABLESPACE fast', ['non-transactional-command']],
    ["ALTER SYSTEM SET work_mem = '5MB'", ['non-transactional-command']],
    ["CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", ['non-transactional-command']],
    ["CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (connect = false)", []],
    ['DROP SUBSCRIPTION s', ['non-transactional-command']],
    ['ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s', []],
    ['ALTER SUBSCRIPTION other SET (slot_name = NONE); DROP SUBSCRIPTION s', ['non-transactional-command']],
    ['DISCARD ALL', ['non-transactional-command']],
    ['DISCARD PLANS', []],
    ['REINDEX SCHEMA public', ['non-transactional-command']],
    ['VACUUM orders', [], OUT],
    ['VACUUM orders', [], { transaction: 'implicit' }],
    ['VACUUM orders; SELECT 1', ['non-transactional-command'], { transaction: 'implicit' }],
    ['BEGIN; VACUUM orders; COMMIT', ['non-transactional-command'], OUT],
    ['BEGIN; SELECT 1; COMMIT; VACUUM orders', [], OUT],
  ]);

  test('a command that is refused is told where it can go', () => {
    const help = (sql: string, transaction: 'file' | 'none' | 'implicit') =>
      judge(base, [sourceOf(sql, transaction)]).findings[0]?.help ?? '';
    assert.match(help('VACUUM orders', 'file'), /migration of its own that runs outside a transaction/);
    assert.match(help('BEGIN; VACUUM orders; COMMIT', 'none'), /before `BEGIN` or after `COMMIT`/);
    assert.match(help('VACUUM orders; SELECT 1', 'implicit'), /alone into a file/);
    assert.match(help('DO $$ BEGIN VACUUM orders; END $$', 'none'), /out of the block/);
  });

  tellsRules(
    'maintenance',
    () => base,
    [
      ['INSERT INTO lines SELECT id, 1 FROM orders', ['analyze-after-backfill']],
      ['UPDATE orders SET amount = 0', ['analyze-after-backfill']],
      ["COPY orders FROM '/x'", ['analyze-after-backfill']],
      ['INSERT INTO lines SELECT id, 1 FROM orders; ANALYZE lines', []],
      ['INSERT INTO lines SELECT id, 1 FROM orders; ANALYZE', []],
      ['INSERT INTO lines SELECT id, 1 FROM orders; VACUUM (ANALYZE) lines', [], OUT],
      ['INSERT INTO lines SELECT id, 1 FROM orders; VACUUM lines', ['analyze-after-backfill'], OUT],
      ['INSERT INTO lines SELECT id, 1 FROM orders; ANALYZE orders', ['analyze-after-backfill']],
      ['INSERT INTO orders VALUES (1, 2)', []],
      ['INSERT INTO orders SELECT 1, 2', []],
      ['UPDATE orders SET amount = 0 WHERE id = 1', []],
      ["COPY orders TO '/x'", []],
      ['CREATE TEMP TABLE scratch (id bigint); INSERT INTO scratch SELECT id FROM orders', []],
    ],
    ['analyze-after-backfill'],
  );
});
