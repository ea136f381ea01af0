import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LintRecord, MigrationRun, ObservedStatement } from '../../src/evidence/schema.ts';
import { withAgreement } from '../../src/rehearsal/agreement.ts';
import { refutedFindings } from '../../src/rehearsal/refuted.ts';

type Predicted = LintRecord['statements'][number];
type Effect = Predicted['effects'][number];

const place = { file: 'm/1.sql', line: 1, column: 1, endLine: 1, endColumn: 9, startByte: 0, endByte: 8 };
const before = { relations: new Set(['public.orders', 'public.customers']) };

const effect: Effect = {
  relation: 'public.orders',
  kind: 'table',
  lock: 'AccessExclusiveLock',
  rewrite: false,
  scan: false,
  dataLoss: false,
  why: 'it is altered',
};
const held = { relation: 'public.orders', mode: 'AccessExclusiveLock', heldMs: 1, from: 0, to: 9 } as const;

function statement(more: Partial<ObservedStatement> = {}): ObservedStatement {
  const nothing = { locks: [], rewrites: [], scans: [], builds: [] };
  return { place, sql: 'x', durationMs: 1, from: 0, ...nothing, sampled: false, ...more };
}

function predicted(...effects: Effect[]): Predicted {
  return { place, sql: 'x', kind: 'AlterTableStmt', seen: true, effects };
}

function run(...statements: ObservedStatement[]): MigrationRun {
  return { version: '1', file: 'm/1.sql', outcome: 'applied', durationMs: 1, statements };
}

function agreement(told: Predicted, ...statements: ObservedStatement[]) {
  const places = statements.map((one, at) => ({ ...one, place: { ...place, startByte: at } }));
  const last = { ...told, place: { ...place, startByte: places.length - 1 } };
  return withAgreement([run(...places)], [last], before)[0]?.statements.at(-1)?.agreement;
}

type Agreement = ReturnType<typeof agreement>;
const agrees: Agreement = { status: 'agrees', missing: [], unexpected: [] };
const cases: readonly [name: string, Predicted, ObservedStatement[], Agreement][] = [
  ['the same lock', predicted(effect), [statement({ locks: [held] })], agrees],
  [
    'a lock that nobody took',
    predicted(effect),
    [statement()],
    { status: 'differs', missing: ['AccessExclusiveLock on public.orders'], unexpected: [] },
  ],
  [
    'a weaker lock than predicted',
    predicted(effect),
    [statement({ locks: [{ ...held, mode: 'ShareLock' }] })],
    {
      status: 'differs',
      missing: ['AccessExclusiveLock on public.orders'],
      unexpected: ['ShareLock on public.orders'],
    },
  ],
  [
    'a lock that the transaction holds already',
    predicted(effect),
    [statement({ locks: [held] }), statement({ from: 5 })],
    agrees,
  ],
  [
    'a lock that an earlier transaction has given up',
    predicted(effect),
    [statement({ locks: [held] }), statement({ from: 9.5 })],
    { status: 'differs', missing: ['AccessExclusiveLock on public.orders'], unexpected: [] },
  ],
  ['a lock that depends on rows', predicted({ ...effect, conditional: true }), [statement()], agrees],
  [
    'a relation that the change makes',
    predicted({ ...effect, relation: 'public.fresh' }),
    [statement({ locks: [{ ...held, relation: 'public.other' }], rewrites: ['public.third'] })],
    agrees,
  ],
  [
    'work that was not predicted',
    predicted(effect),
    [statement({ locks: [held], rewrites: ['public.orders'], scans: ['public.customers'] })],
    {
      status: 'differs',
      missing: [],
      unexpected: ['rewrite of public.orders', 'scan of public.customers'],
    },
  ],
  [
    'work that was not done',
    predicted({ ...effect, rewrite: true, scan: true, builds: 'public.i' }),
    [statement({ locks: [held] })],
    {
      status: 'differs',
      missing: ['rewrite of public.orders', 'scan of public.orders', 'index build on public.orders'],
      unexpected: [],
    },
  ],
  [
    'indexes built anew with their table',
    predicted({ ...effect, rewrite: true }),
    [statement({ locks: [held], rewrites: ['public.orders'], builtOn: ['public.orders'] })],
    agrees,
  ],
  [
    'sampled, a lock missing',
    predicted(effect),
    [statement({ sampled: true })],
    { status: 'sampled', missing: [], unexpected: [] },
  ],
  [
    'sampled, a lock too many',
    predicted(),
    [statement({ sampled: true, locks: [held] })],
    { status: 'differs', missing: [], unexpected: ['AccessExclusiveLock on public.orders'] },
  ],
  [
    'a kind that the model does not know',
    { ...predicted(), seen: false },
    [statement({ locks: [held] })],
    { status: 'not seen', missing: [], unexpected: [] },
  ],
];
for (const [name, told, statements, expected] of cases)
  test(`agreement: ${name}`, () => assert.deepEqual(agreement(told, ...statements), expected));

test('the statement at which a migration failed did not run', () => {
  const failed = { ...run(statement()), outcome: 'failed' as const };
  const [migration] = withAgreement([failed], [predicted(effect)], before);
  assert.equal(migration?.statements[0]?.agreement?.status, 'not run');
});

function finding(rule: string): LintRecord['findings'][number] {
  const words = { message: 'It waits.', help: 'Do not.', fix: [], fingerprint: '0123456789abcdef' };
  return { rule, severity: 'error', place, relation: 'public.orders', ...words, evidence: 'predicted' };
}

const refuted = (rule: string, observed: ObservedStatement, told = predicted(effect)) =>
  refutedFindings({ findings: [finding(rule)], statements: [told] }, [
    run({ sequential: [], ...observed }),
  ]).map(({ reason }) => reason);

test('a scan that the server did not make disproves the finding; one that it made does not', () => {
  assert.deepEqual(refuted('set-not-null-scan', statement({ locks: [held], durationMs: 1.23 })), [
    'Measured: it neither rewrote nor read nor indexed anything (1.2 ms).',
  ]);
  assert.deepEqual(refuted('set-not-null-scan', statement({ locks: [held], scans: ['public.orders'] })), []);
});

test('a scan that was counted, or could not be counted, disproves nothing though no message told of it', () => {
  const counted = [{ relation: 'public.orders', scans: 1, rows: 0 }];
  assert.deepEqual(refuted('set-not-null-scan', statement({ sequential: counted })), []);
  assert.deepEqual(refuted('set-not-null-scan', { ...statement(), sequential: undefined } as never), []);
});

test('an index that was built beside all else disproves nothing', () => {
  assert.deepEqual(refuted('set-not-null-scan', statement({ builtOn: ['public.orders'] })), []);
});

test('rows that the branch lacks disprove no finding about rows', () => {
  assert.deepEqual(refuted('unique-may-fail-on-data', statement()), []);
});

test('what was sampled, refused, depends on rows, or only time can show is never disproved', () => {
  assert.deepEqual(refuted('set-not-null-scan', statement({ sampled: true })), []);
  const perhaps = predicted({ ...effect, conditional: true });
  assert.deepEqual(refuted('set-not-null-scan', statement(), perhaps), []);
  assert.deepEqual(refuted('set-not-null-scan', statement(), { ...predicted(), kind: 'TruncateStmt' }), []);
  assert.deepEqual(refuted('drop-column', statement()), []);
  const failed = { ...run({ ...statement(), sequential: [] }), outcome: 'failed' as const };
  const told = { findings: [finding('set-not-null-scan')], statements: [predicted(effect)] };
  assert.deepEqual(refutedFindings(told, [failed]), []);
  assert.deepEqual(refutedFindings(told, []), []);
});

test('a refusal that did not come disproves the finding', () => {
  assert.deepEqual(refuted('concurrently-in-transaction', statement()), [
    'The server took the statement in the rehearsal.',
  ]);
});
