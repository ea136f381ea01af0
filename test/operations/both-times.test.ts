import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RehearsalRecord } from '../../src/evidence/schema.ts';
import { bothTimes } from '../../src/operations/both-times.ts';

type Contention = NonNullable<RehearsalRecord['contention']>;

function table(
  relation: string,
  longestReadMs: number,
  longestWriteMs: number,
): Contention['tables'][number] {
  return { relation, reads: 1, writes: 1, longestReadMs, longestWriteMs };
}

const orders = table('public.orders', 900, 3);
const earlier: Contention = { status: 'measured', tables: [orders, table('public.notes', 1, 1)] };

test('of two pushes each table keeps its longest wait', () => {
  const notes = table('public.notes', 1, 40);
  const now: Contention = { status: 'measured', tables: [table('public.orders', 5, 899), notes] };
  const { tables, status } = bothTimes(earlier, now) ?? {};
  assert.deepEqual(tables, [orders, notes]);
  assert.equal(status, 'measured');
});

test('a push that measured nothing takes away nothing of the one before', () => {
  assert.deepEqual(bothTimes(earlier, undefined), earlier);
  assert.deepEqual(bothTimes(undefined, earlier), earlier);
  const off: Contention = { status: 'off', reason: 'nothing was touched', tables: [] };
  assert.deepEqual(bothTimes(earlier, off), earlier);
});
