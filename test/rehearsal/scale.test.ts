import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../../src/evidence/manifest.ts';
import { rehearsalSchema } from '../../src/evidence/rehearsal-schema.ts';
import type { ObservedStatement, RehearsalRecord, StatementRecord } from '../../src/evidence/schema.ts';
import { extrapolate, type ScaleInput } from '../../src/rehearsal/scale.ts';
import { percent, roughly, span } from '../../src/rehearsal/scale-words.ts';
import { observedOf, placeOf, statementOf } from '../support/evidence.ts';

const orders = 'public.orders';
const place = placeOf('m/1.sql', 3, 'alter table orders');
const exclusive = { relation: orders, mode: 'AccessExclusiveLock' as const, heldMs: 41_000 };
const share = { relation: orders, mode: 'ShareLock' as const, heldMs: 41_000 };

const manifest: Manifest = {
  version: 1,
  source: 'pg_class of production',
  takenAt: '2026-11-01T04:00:00Z',
  tables: [
    { relation: orders, rows: 1e8, bytes: 2e10, indexBytes: 5e9, readsPerSecond: 900, writesPerSecond: 30 },
    { relation: 'public.events', rows: 1e9, bytes: 1e12, indexBytes: 1e11 },
    { relation: 'public.empty', rows: 0, bytes: 0, indexBytes: 0 },
  ],
};
const sizes: ScaleInput['sizes'] = new Map([
  [orders, { rows: 1e7, bytes: 2e9, indexBytes: 5e8 }],
  ['public.events', { rows: 1e5, bytes: 1e7, indexBytes: 1e6 }],
  ['public.events_1', { rows: 1e5, bytes: 1e7, indexBytes: 1e6 }],
  ['public.empty', { rows: 0, bytes: 0, indexBytes: 0 }],
  ['public.ours', { rows: 10, bytes: 8192, indexBytes: 8192 }],
]);

function run(
  statements: readonly ObservedStatement[],
  more: Partial<ScaleInput> = {},
): NonNullable<RehearsalRecord['scale']> {
  const migrations = [
    { version: '1', file: 'm/1.sql', outcome: 'applied' as const, durationMs: 1, statements },
  ];
  const scale = extrapolate({ manifest, sizes, parentsOf: () => [], migrations, statements: [], ...more });
  // What is made fits the evidence.
  rehearsalSchema.shape.scale.parse(scale);
  return scale;
}

test('a rewrite is extrapolated by bytes, with what would queue', () => {
  const statement = observedOf({ place, durationMs: 41_000, rewrites: [orders], locks: [exclusive] });
  const [found, ...others] = run([statement]).estimates;
  assert.deepEqual(others, []);
  assert.deepEqual(found, {
    place,
    relation: orders,
    driver: 'bytes',
    share: 0.1,
    measuredMs: 41_000,
    lowMs: 307_500,
    highMs: 546_666.667,
    queuedReads: 369_000,
    queuedWrites: 12_300,
    words:
      'The branch holds 10 % of the bytes of `public.orders`: 41.0 s here, 5 to 9 min in production; about 370,000 reads and about 12,000 writes would queue.',
  });
});

test('a wait for other sessions does not grow with the table', () => {
  const waits = [
    { ms: 2000, blockers: ['pid 7 (pullgres idle transaction)'] },
    { ms: 1000, blockers: ['pid 8 (psql)'] },
  ];
  const statement = observedOf({ place, durationMs: 4000, waits, rewrites: [orders], locks: [exclusive] });
  const [found] = run([statement]).estimates;
  assert.equal(found?.measuredMs, 1000);
  assert.equal(found?.lowMs, 7500);
  assert.equal(found?.queuedWrites, 300);
  const waiting = observedOf({ ...statement, durationMs: 3020 });
  assert.deepEqual(run([waiting]).estimates, []);
});

test('an index build is extrapolated by index bytes, by n log n at the upper end, and queues writes only', () => {
  const statement = observedOf({
    place,
    durationMs: 1000,
    builds: ['public.i'],
    builtOn: [orders],
    locks: [share],
  });
  const [found] = run([statement]).estimates;
  assert.equal(found?.driver, 'index bytes');
  assert.equal(found?.lowMs, 7500);
  assert.ok(found !== undefined && found.highMs > 13_334 && found.highMs < 17_000, String(found?.highMs));
  assert.equal(found?.queuedReads, undefined);
  assert.equal(found?.queuedWrites, 300);
});

test('a first index, and rows that nobody counted, are driven by bytes', () => {
  const unindexed = new Map([[orders, { rows: undefined, bytes: 2e9, indexBytes: 0 }]]);
  const build = observedOf({ place, durationMs: 1000, builds: ['public.i'], builtOn: [orders] });
  assert.equal(run([build], { sizes: unindexed }).estimates[0]?.driver, 'bytes');
  const update = observedOf({ place, durationMs: 1000, rows: 5 });
  const statements = [updating()];
  assert.equal(run([update], { sizes: unindexed, statements }).estimates[0]?.driver, 'bytes');
});

function updating(kind = 'UpdateStmt'): StatementRecord {
  const effect = {
    relation: orders,
    kind: 'table',
    lock: 'RowExclusiveLock' as const,
    rewrite: false,
    scan: false,
    dataLoss: false,
    why: '',
  };
  return statementOf({ place, kind, effects: [effect] });
}

test('changed rows are extrapolated by rows and block nobody', () => {
  const statement = observedOf({
    place,
    durationMs: 1000,
    rows: 1e7,
    locks: [{ ...share, mode: 'RowExclusiveLock' }],
  });
  const [found] = run([statement], { statements: [updating()] }).estimates;
  assert.equal(found?.driver, 'rows');
  assert.equal(found?.queuedWrites, undefined);
  assert.equal(
    found?.words,
    'The branch holds 10 % of the rows of `public.orders`: 1.0 s here, 8 to 13 s in production.',
  );
});

test('a lock that an earlier statement took still makes others queue', () => {
  const lock = observedOf({ place: placeOf('m/1.sql', 1, 'x'), locks: [exclusive] });
  const scan = observedOf({ place, durationMs: 1000, scans: [orders] });
  assert.equal(run([lock, scan]).estimates[0]?.queuedReads, 9000);
});

test('partitions count together, and by their parent where only that is known', () => {
  const parentsOf = (relation: string) => (relation === 'public.events_1' ? ['public.events'] : []);
  const wide = new Map([...sizes, ['public.events', { rows: 1e8, bytes: 1e11, indexBytes: 1e10 }]]);
  const statement = observedOf({ place, durationMs: 1000, rewrites: ['public.events_1'] });
  const [found] = run([statement], { parentsOf, sizes: wide }).estimates;
  assert.deepEqual([found?.relation, found?.share], ['public.events', 0.1]);
  const both = observedOf({ place, durationMs: 1000, rewrites: [orders, 'public.events'] });
  const [sum] = run([both], { sizes: wide }).estimates;
  assert.ok(Math.abs((sum?.share ?? 0) - 0.1) < 1e-9);
  assert.match(sum?.words ?? '', /`public\.orders` and 1 more:/);
});

test('more than a hundredfold, or less than 50 ms, is too little to extrapolate from', () => {
  const small = observedOf({ place, durationMs: 1000, rewrites: ['public.events'] });
  const short = observedOf({ place, durationMs: 49, rewrites: [orders] });
  const empty = observedOf({ place, durationMs: 1000, rewrites: ['public.empty'] });
  const unknown = observedOf({ place, durationMs: 1000, rewrites: ['public.ours'] });
  const scale = run([small, short, empty, unknown]);
  assert.deepEqual(scale.estimates, []);
  assert.deepEqual(scale.notes, [
    'Under 50 ms is too short to extrapolate from: m/1.sql:3.',
    'The branch holds under 1 % of production, too little to extrapolate from: `public.events` (0.001 %).',
    'The branch or production holds nothing of it, so nothing is extrapolated: `public.empty`.',
    'The manifest does not tell of `public.ours`.',
  ]);
});

test('new tables, locks alone and TRUNCATE have nothing to extrapolate', () => {
  const statements = [
    observedOf({ place, durationMs: 1000, builds: ['public.new_pkey'], builtOn: ['public.new'] }),
    observedOf({ place: placeOf('m/1.sql', 9, 'x', 99), durationMs: 1000, locks: [exclusive] }),
  ];
  const truncate = observedOf({ place, durationMs: 1000, builds: ['public.i'], builtOn: [orders] });
  assert.deepEqual(run(statements), { source: 'pg_class of production, 2026-11-01', estimates: [] });
  assert.deepEqual(run([truncate], { statements: [updating('TruncateStmt')] }).estimates, []);
});

test('without a manifest nothing is extrapolated, which is said', () => {
  const scale = run([observedOf({ place, durationMs: 1000, rewrites: [orders] })], { manifest: undefined });
  assert.deepEqual(scale.estimates, []);
  assert.match(scale.source, /^There is no manifest of production/);
});

test('numbers read as people say them', () => {
  const spans: [number, number, string][] = [
    [307_500, 546_667, '5 to 9 min'],
    [900, 1400, '900 to 1400 ms'],
    [12_100, 12_300, 'about 12 s'],
    [5_400_000, 7_300_000, 'about 2 h'],
    [0.2, 0.4, 'about 0 ms'],
  ];
  for (const [low, high, words] of spans) assert.equal(span(low, high), words);
  assert.deepEqual([0.4, 3, 12_345, 1_960_000].map(roughly), [
    'hardly any',
    'about 3',
    'about 12,000',
    'about 2,000,000',
  ]);
  assert.deepEqual([0.1, 0.00412, 1.234].map(percent), ['10 %', '0.41 %', '120 %']);
});
