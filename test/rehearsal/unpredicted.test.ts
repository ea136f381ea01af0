import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObservedStatement } from '../../src/evidence/schema.ts';
import { type Expectation, unpredictedFindings } from '../../src/rehearsal/unpredicted.ts';
import { findingOf, observedOf, placeOf, statementOf } from '../support/evidence.ts';

const first = placeOf('m/1.sql', 1, 'vacuum full orders');
const second = placeOf('m/1.sql', 2, 'reindex table orders', 20);
const orders = 'public.orders';
const exclusive = { relation: orders, mode: 'AccessExclusiveLock' as const, heldMs: 412.4 };
const weak = { relation: orders, mode: 'ShareUpdateExclusiveLock' as const, heldMs: 5 };
const rewrite = observedOf({
  place: first,
  sql: 'vacuum full orders',
  locks: [exclusive],
  rewrites: [orders],
});
const expectation: Expectation = {
  existing: new Set([orders]),
  foreseen: [],
  statements: [],
  severity: 'error',
};

function found(statements: readonly ObservedStatement[], more: Partial<Expectation> = {}) {
  const migration = { version: '1', file: 'm/1.sql', outcome: 'applied' as const, durationMs: 1, statements };
  return unpredictedFindings([migration], { ...expectation, ...more });
}

test('a rewrite that no rule foresaw is a finding with its numbers', () => {
  const [finding, ...others] = found([rewrite]);
  assert.deepEqual(others, []);
  assert.deepEqual(finding, {
    rule: 'unpredicted-blocking-work',
    severity: 'error',
    place: first,
    relation: orders,
    message:
      'The rehearsal saw `public.orders` rewritten under AccessExclusiveLock for 412 ms; nobody could read or write it.',
    help: finding?.help,
    fix: [],
    evidence: 'observed',
    fingerprint: finding?.fingerprint,
  });
  assert.match(finding?.fingerprint ?? '', /^[0-9a-f]{16}$/);
  assert.match(
    finding?.help ?? '',
    /^Split or replace the statement so that this work runs under a weaker lock;/,
  );
});

const index = observedOf({
  place: second,
  locks: [{ relation: orders, mode: 'ShareLock', heldMs: 3 }],
  builds: ['public.i'],
  builtOn: [orders],
});
const seen: readonly [name: string, statements: readonly ObservedStatement[], words: RegExp][] = [
  [
    'an index build',
    [index],
    /`public\.orders` indexed under ShareLock for 3 ms; nobody could write to it\.$/,
  ],
  [
    'a scan beside a rewrite, whose indexes go without saying',
    [{ ...rewrite, scans: [orders], builtOn: [orders] }],
    /saw `public\.orders` rewritten and scanned under/,
  ],
  [
    'a lock of an earlier statement of the transaction',
    [observedOf({ place: first, locks: [exclusive] }), observedOf({ place: second, rewrites: [orders] })],
    /rewritten under AccessExclusiveLock for 412 ms/,
  ],
  [
    'a scan beside a TRUNCATE in a block',
    [{ ...rewrite, sql: "do $$ begin execute 'truncate orders'; end $$", scans: [orders], sequential: [] }],
    /saw `public\.orders` scanned under/,
  ],
];
for (const [name, statements, words] of seen) {
  test(`is told: ${name}`, () => {
    const findings = found(statements);
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.message ?? '', words);
  });
}

const kind = (name: string) => ({ statements: [statementOf({ place: first, kind: name })] });
const silent: readonly [string, readonly ObservedStatement[], Partial<Expectation>?][] = [
  ['a rule stands at the place', [rewrite], { foreseen: [findingOf({ place: first })] }],
  ['the rule is off', [rewrite], { severity: 'off' }],
  ['the relation is new', [rewrite], { existing: new Set(['public.users']) }],
  ['the lock lets others write', [{ ...rewrite, locks: [weak] }]],
  ['TRUNCATE', [{ ...rewrite, builtOn: [orders] }], kind('TruncateStmt')],
  [
    'TRUNCATE in a block',
    [
      {
        ...rewrite,
        sql: 'do $$ begin truncate orders; end $$',
        sequential: [{ relation: orders, scans: 2, rows: 0 }],
      },
    ],
    kind('DoStmt'),
  ],
  [
    'a validation under a weak lock, after a blocking lock that is gone',
    [
      observedOf({ place: first, locks: [exclusive] }),
      observedOf({ place: second, locks: [weak], scans: [orders] }),
    ],
  ],
  [
    'a sampled statement after a blocking lock that is gone',
    [
      observedOf({ place: first, locks: [exclusive] }),
      observedOf({ place: second, builtOn: [orders], sampled: true }),
    ],
  ],
];
for (const [name, statements, more] of silent) {
  test(`is no finding: ${name}`, () => assert.deepEqual(found(statements, more), []));
}

test('the word TRUNCATE in a comment hides nothing', () => {
  const commented = { ...rewrite, sql: 'vacuum full orders -- truncate' };
  assert.equal(found([commented], kind('VacuumStmt')).length, 1);
});

test('the policy decides the severity', () => {
  assert.equal(found([rewrite], { severity: 'warning' })[0]?.severity, 'warning');
});

for (const sequential of [undefined, [{ relation: orders, scans: 1, rows: 9 }]])
  test(`a block that speaks of TRUNCATE and ${sequential ? 'reads' : 'may read'} rows hides nothing`, () => {
    const { sequential: _, ...block } = {
      ...rewrite,
      sql: 'do $$ begin /* truncate */ end $$',
      sequential: [],
    };
    const statement = sequential ? { ...block, sequential } : block;
    assert.equal(found([statement], kind('DoStmt')).length, 1);
  });

test('a rule that says nothing of locks or work explains none', () => {
  const foreseen = [findingOf({ place: first, rule: 'dynamic-sql' })];
  assert.equal(found([rewrite], { foreseen }).length, 1);
});
