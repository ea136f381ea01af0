import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrationRun } from '../../../src/evidence/schema.ts';
import { boundedByLocks } from '../../../src/rehearsal/contention/bounded.ts';
import type { LockMode } from '../../../src/sql/effect.ts';
import { observedOf, placeOf } from '../../support/evidence.ts';

const orders = 'public.orders';

function step(line: number, relation: string, mode: LockMode, from: number, to: number) {
  const place = placeOf('m/1.sql', line, 'x', line);
  return observedOf({ place, from, locks: [{ relation, mode, heldMs: to - from, from, to }] });
}

function run(statements: MigrationRun['statements'], outcome: MigrationRun['outcome'] = 'applied') {
  return { version: '1', file: 'm/1.sql', outcome, durationMs: 1000, statements };
}

function table(longestReadMs: number, longestWriteMs: number, relation = orders) {
  return {
    relation,
    reads: 9,
    writes: 9,
    longestReadMs,
    longestWriteMs,
    place: placeOf('m/1.sql', 7, 'x', 7),
  };
}

test('CREATE INDEX keeps no reader waiting, and a writer no longer than its lock', () => {
  const [bounded] = boundedByLocks(
    [{ ...table(102, 40), queuedReads: 10, queuedWrites: 8 }],
    [run([step(2, orders, 'ShareLock', 1, 6)])],
  );
  assert.equal(bounded?.longestReadMs, 0);
  assert.equal(bounded?.longestWriteMs, 5);
  assert.equal(bounded?.place?.line, 2);
  assert.equal(bounded?.queuedReads, 0);
  assert.equal(bounded?.queuedWrites, 1);
});

test('a table that nothing locked has neither wait nor place', () => {
  const [bounded] = boundedByLocks(
    [table(102, 40)],
    [run([step(2, orders, 'ShareUpdateExclusiveLock', 1, 900)])],
  );
  assert.deepEqual(bounded, { relation: orders, reads: 9, writes: 9, longestReadMs: 0, longestWriteMs: 0 });
});

test('what the locks can cause stands as measured', () => {
  const runs = [
    run([step(2, orders, 'AccessExclusiveLock', 0, 300), step(3, orders, 'AccessExclusiveLock', 200, 400)]),
  ];
  const waited = table(350, 360);
  assert.deepEqual(boundedByLocks([waited], runs), [waited]);
  assert.equal(boundedByLocks([table(900, 900)], runs)[0]?.longestReadMs, 400);
});

test('rows that a migration changed keep their writers waiting, unless the table’s lock alone was probed', () => {
  const runs = [run([step(2, orders, 'RowExclusiveLock', 0, 80)])];
  assert.equal(boundedByLocks([table(0, 70)], runs)[0]?.longestWriteMs, 70);
  const note = 'it holds no rows, so writes were probed by the table’s lock alone';
  assert.equal(boundedByLocks([{ ...table(0, 70), note }], runs)[0]?.longestWriteMs, 0);
});

test('a lock of an index or a partition counts, one of another probed table does not', () => {
  const runs = [run([step(2, 'public.other', 'AccessExclusiveLock', 0, 80)])];
  assert.equal(boundedByLocks([table(70, 70)], runs)[0]?.longestReadMs, 70);
  const both = boundedByLocks([table(70, 70), table(70, 70, 'public.other')], runs);
  assert.deepEqual(
    both.map(({ longestReadMs }) => longestReadMs),
    [0, 70],
  );
});

test('where the locks are not known the wait stands', () => {
  const waited = table(70, 70);
  assert.deepEqual(boundedByLocks([waited], [run([], 'failed')]), [waited]);
  const sql = 'LOCK TABLE pg_catalog.pg_class';
  assert.deepEqual(boundedByLocks([waited], [run([observedOf({ sql })])]), [waited]);
  const sampling = { looks: 3, longestGapMs: 60 };
  const seen = boundedByLocks([waited], [run([observedOf({ from: 0, sampled: true, sampling })])]);
  assert.equal(seen[0]?.longestReadMs, 60);
});
