import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObservedStatement, RehearsalRecord } from '../../src/evidence/schema.ts';
import { duration } from '../../src/rehearsal/duration.ts';
import { observedFindings } from '../../src/rehearsal/observed-findings.ts';

type Finding = RehearsalRecord['findings'][number];

const place = { file: 'm/1.sql', line: 1, column: 1, endLine: 1, endColumn: 9, startByte: 0, endByte: 8 };
const finding: Finding = {
  rule: 'set-not-null-scan',
  severity: 'error',
  place,
  relation: 'public.orders',
  message: 'Reads the whole table under a lock.',
  help: 'Add a check constraint first.',
  fix: [],
  evidence: 'predicted',
  fingerprint: '0123456789abcdef',
};

function statement(more: Partial<ObservedStatement>): ObservedStatement {
  return {
    place,
    sql: 'x',
    durationMs: 1,
    locks: [],
    rewrites: [],
    scans: [],
    builds: [],
    sampled: false,
    ...more,
  };
}

function judged(...statements: ObservedStatement[]): Finding | undefined {
  const migration = { version: '1', file: 'm/1.sql', outcome: 'applied' as const, durationMs: 1, statements };
  return observedFindings([finding], [migration])[0];
}

const later = { ...place, startByte: 10, endByte: 20 };
const exclusive = { relation: 'public.orders', mode: 'AccessExclusiveLock' as const, heldMs: 412.4 };

test('a blocking lock and a scan are told with their numbers, behind the words of the rule', () => {
  assert.deepEqual(judged(statement({ locks: [exclusive], scans: ['public.orders'] })), {
    ...finding,
    evidence: 'observed',
    message:
      'Reads the whole table under a lock. Measured: scanned public.orders, held AccessExclusiveLock on public.orders for 412 ms; nobody could read or write it.',
  });
});

test('a lock that lets readers through says so', () => {
  const lock = { relation: 'public.orders', mode: 'ShareLock' as const, heldMs: 61_000 };
  assert.match(
    judged(statement({ locks: [lock], builds: ['public.i'] }))?.message ?? '',
    /Measured: built public\.i, held ShareLock on public\.orders for 1 min 1 s; nobody could write to it\.$/,
  );
});

test('a lock taken by an earlier statement counts for a later one that works under it', () => {
  const migration = {
    version: '1',
    file: 'm/1.sql',
    outcome: 'applied' as const,
    durationMs: 1,
    statements: [statement({ locks: [exclusive] }), statement({ place: later, rewrites: ['public.orders'] })],
  };
  const [found] = observedFindings([{ ...finding, place: later }], [migration]);
  assert.match(
    found?.message ?? '',
    /rewrote public\.orders, held AccessExclusiveLock on public\.orders for 412 ms/,
  );
});

const refuted: readonly [name: string, statements: readonly ObservedStatement[]][] = [
  ['no such statement', [statement({ place: later, locks: [exclusive] })]],
  ['nothing was seen', [statement({})]],
  [
    'another relation',
    [statement({ locks: [{ ...exclusive, relation: 'public.users' }], scans: ['public.users'] })],
  ],
  ['a weak lock', [statement({ locks: [{ ...exclusive, mode: 'ShareUpdateExclusiveLock' }] })]],
];
for (const [name, statements] of refuted) {
  test(`is no finding of the run: ${name}`, () => {
    assert.equal(judged(...statements), undefined);
  });
}

const durations: readonly [milliseconds: number, text: string][] = [
  [0.2, 'under 1 ms'],
  [412.4, '412 ms'],
  [1449, '1.4 s'],
  [125_900, '2 min 5 s'],
];
for (const [milliseconds, text] of durations) {
  test(`${milliseconds} ms reads ${text}`, () => assert.equal(duration(milliseconds), text));
}
