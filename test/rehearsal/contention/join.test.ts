import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinContention } from '../../../src/rehearsal/contention/join.ts';

const table = (relation: string, longestReadMs: number, longestWriteMs = 0) => ({
  relation,
  reads: 1,
  writes: 1,
  longestReadMs,
  longestWriteMs,
});
const measured = (...tables: ReturnType<typeof table>[]) => ({ status: 'measured' as const, tables });

test('of each table the longer stall of both pushes stands', () => {
  const joined = joinContention(
    measured(table('a', 9), table('b', 1)),
    measured(table('b', 0, 5), table('c', 2)),
  );
  assert.deepEqual(joined, measured(table('a', 9), table('b', 0, 5), table('c', 2)));
  const shorter = joinContention(measured(table('a', 9)), measured(table('a', 0, 8)));
  assert.deepEqual(shorter, measured(table('a', 9)));
});

test('what was measured stands when there is nothing to measure now, and the reverse', () => {
  const off = { status: 'off' as const, reason: 'nothing is pending', tables: [] };
  const before = { ...measured(table('a', 9)), reason: 'cut' };
  assert.deepEqual(joinContention(before, off), before);
  assert.deepEqual(joinContention(off, measured(table('a', 9))), measured(table('a', 9)));
  assert.deepEqual(joinContention(undefined, off), off);
  const unsafe = { status: 'unsafe' as const, reason: 'NOWAIT', tables: [] };
  assert.deepEqual(joinContention(measured(table('a', 9)), unsafe), {
    ...measured(table('a', 9)),
    reason: 'NOWAIT',
  });
});
