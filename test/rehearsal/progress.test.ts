import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ProgressRow, progressWords } from '../../src/rehearsal/progress.ts';
import { blockerWords } from '../../src/rehearsal/ticker.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';

await loadParser();

type Case = readonly [sql: string, progress: Partial<ProgressRow>, words: string | undefined];

const CASES: readonly Case[] = [
  [
    'create index orders_at on orders (at)',
    { row: { phase: 'building index: scanning table', blocks_total: 200, blocks_done: 85, tuples_total: 0 } },
    'building index orders_at: 42 % (scanning table)',
  ],
  [
    'create index orders_at on orders (at)',
    {
      row: {
        phase: 'building index: loading tuples in tree',
        blocks_total: 9,
        blocks_done: 9,
        tuples_total: 3,
        tuples_done: 1,
      },
    },
    'building index orders_at: 33 % (loading tuples in tree)',
  ],
  ['create index on orders (at)', { row: {} }, 'building an index on orders'],
  [
    'alter table orders add unique (at)',
    { row: {}, relation: undefined },
    'building an index on a new table',
  ],
  [
    'reindex table concurrently orders',
    { row: { command: 'REINDEX CONCURRENTLY', phase: 'waiting for old snapshots' }, index: 'i_ccnew' },
    'rebuilding index i_ccnew (waiting for old snapshots)',
  ],
  [
    'vacuum full orders',
    { view: 'cluster', row: { phase: 'seq scanning heap', heap_blks_total: 3, heap_blks_scanned: 9 } },
    'rewriting orders: 100 % (seq scanning heap)',
  ],
  [
    'copy orders from stdin',
    { view: 'copy', row: { command: 'COPY FROM', bytes_total: 0 } },
    'copying into orders',
  ],
  ['copy orders to stdout', { view: 'copy', row: { command: 'COPY TO' } }, 'copying out of orders'],
  [
    'analyze',
    { view: 'analyze', row: { phase: 'acquiring sample rows' } },
    'analyzing orders (acquiring sample rows)',
  ],
  ['repack orders', { view: 'repack', row: {} }, undefined],
];

for (const [sql, progress, words] of CASES) {
  test(`progress of ${sql}: ${words}`, () => {
    const parsed = parseSql(sql === 'repack orders' ? 'select 1' : sql, 'm/1.sql');
    assert.ok(parsed.ok);
    const [statement] = parsed.statements;
    assert.ok(statement);
    const row = { view: 'create_index', row: {}, relation: 'orders', index: undefined, ...progress };
    assert.equal(progressWords(row, statement), words);
  });
}

test('a blocker is named by its application, else by what it is', () => {
  assert.equal(blockerWords({ pid: 123, name: 'psql', type: 'client backend' }), 'pid 123 (psql)');
  assert.equal(blockerWords({ pid: 123, name: '', type: 'client backend' }), 'pid 123');
  assert.equal(blockerWords({ pid: 5, name: '', type: 'autovacuum worker' }), 'pid 5 (autovacuum worker)');
  assert.equal(blockerWords({ pid: 6, name: null, type: null }), 'pid 6');
  assert.equal(blockerWords({ pid: 0, name: null, type: null }), 'a prepared transaction');
});
