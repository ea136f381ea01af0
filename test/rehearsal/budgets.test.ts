import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MigrationRun, ObservedStatement } from '../../src/evidence/schema.ts';
import { type BudgetInput, type Budgets, budgetFindings } from '../../src/rehearsal/budgets.ts';
import { observedOf, placeOf } from '../support/evidence.ts';

const orders = 'public.orders';
const first = placeOf('m/1.sql', 1, 'a');
const second = placeOf('m/1.sql', 2, 'b', 10);
const NONE: Budgets = { locks: {}, tables: {}, wal: undefined, total: undefined };

function lock(mode: ObservedStatement['locks'][number]['mode'], heldMs: number, relation = orders) {
  return { relation, mode, heldMs };
}

function run(statements: readonly ObservedStatement[], more: Partial<MigrationRun> = {}): MigrationRun {
  return { version: '1', file: 'm/1.sql', outcome: 'applied', durationMs: 1000, statements, ...more };
}

function judged(
  budgets: Partial<Budgets>,
  migrations: readonly MigrationRun[],
  more: Partial<BudgetInput> = {},
) {
  return budgetFindings({
    budgets: { ...NONE, ...budgets },
    migrations,
    existing: new Set([orders, 'sales.invoices']),
    policyPath: '.github/pullgres.yml',
    ...more,
  });
}

const held = observedOf({ place: first, locks: [lock('AccessExclusiveLock', 1500)] });

test('a lock that was held longer than its mode may be is a finding at its statement', () => {
  const [finding, ...others] = judged({ locks: { AccessExclusiveLock: 1000 } }, [run([held])]);
  assert.deepEqual(others, []);
  assert.deepEqual(finding, {
    rule: 'over-budget',
    severity: 'error',
    place: first,
    relation: orders,
    message:
      'AccessExclusiveLock on `public.orders` was held for 1.5 s; the budget is 1.0 s for AccessExclusiveLock.',
    help: finding?.help,
    fix: [],
    evidence: 'observed',
    fingerprint: finding?.fingerprint,
  });
  assert.match(finding?.help ?? '', /^Split the work/);
});

const cases: readonly [
  name: string,
  budgets: Partial<Budgets>,
  statement: ObservedStatement,
  words: RegExp | undefined,
][] = [
  ['a stronger mode counts', { locks: { ShareLock: 1000 } }, held, /1\.0 s for ShareLock or stronger/],
  [
    'a weaker one does not',
    { locks: { AccessExclusiveLock: 1 } },
    observedOf({ locks: [lock('ShareLock', 9999)] }),
    undefined,
  ],
  [
    'the tightest that applies is told',
    { locks: { ShareLock: 200, AccessExclusiveLock: 1000 } },
    held,
    /is 200 ms for ShareLock or stronger\.$/,
  ],
  ['as long as allowed is allowed', { locks: { AccessExclusiveLock: 1500 } }, held, undefined],
  ['a bare table name', { tables: { orders: 200 } }, held, /200 ms for blocked writes to `public\.orders`/],
  ['a qualified table name', { tables: { 'public.orders': 200 } }, held, /200 ms/],
  [
    'mode and table make one finding',
    { locks: { AccessExclusiveLock: 1000 }, tables: { orders: 200 } },
    held,
    /1\.0 s for AccessExclusiveLock, and 200 ms for blocked/,
  ],
  [
    'a table’s budget is of what blocks writes',
    { tables: { orders: 1 } },
    observedOf({ locks: [lock('RowExclusiveLock', 9999)] }),
    undefined,
  ],
  ['another schema’s table', { tables: { 'other.orders': 1, orders: 5000 } }, held, undefined],
  [
    'a new table is free',
    { locks: { AccessExclusiveLock: 1 } },
    observedOf({ locks: [lock('AccessExclusiveLock', 9999, 'public.new')] }),
    undefined,
  ],
];

for (const [name, budgets, statement, words] of cases) {
  test(`locks: ${name}`, () => {
    const findings = judged(budgets, [run([statement])]).filter(({ severity }) => severity === 'error');
    assert.equal(findings.length, words === undefined ? 0 : 1);
    if (words !== undefined) assert.match(findings[0]?.message ?? '', words);
  });
}

test('WAL and total time are complained of at the heaviest statement, in one finding when it is the same', () => {
  const statements = [
    observedOf({ place: first, durationMs: 10, walBytes: 100 }),
    observedOf({ place: second, durationMs: 900, walBytes: 3 * 1024 * 1024 }),
  ];
  const migrations = [run(statements, { walBytes: 3 * 1024 * 1024 }), run([], { walBytes: 1024 * 1024 })];
  const findings = judged({ wal: 2 * 1024 * 1024, total: 1500 }, migrations);
  assert.deepEqual(
    findings.map(({ place, message }) => [place, message]),
    [
      [
        second,
        'The migrations took 2.0 s; the budget is 1.5 s. The longest statement took 900 ms. The migrations wrote 4 MB of WAL; the budget is 2 MB.',
      ],
    ],
  );
  assert.deepEqual(judged({ wal: 4 * 1024 * 1024, total: 2000 }, migrations), []);
});

test('WAL that was not measured is not within its budget', () => {
  const [finding] = judged({ wal: 1024 }, [run([held])]);
  assert.equal(finding?.severity, 'warning');
  assert.match(finding?.message ?? '', /was not measured/);
});

test('a budget for a table that nobody has is a warning at the policy', () => {
  const findings = judged({ tables: { ordres: 200, orders: 9999, invoices: 1 } }, [run([held])]);
  assert.deepEqual(
    findings.map(({ severity, relation, place }) => [severity, relation, place.file]),
    [['warning', 'ordres', '.github/pullgres.yml']],
  );
});

test('the estimate for production is told and judges nothing', () => {
  const estimate = {
    place: first,
    relation: orders,
    driver: 'bytes' as const,
    share: 0.1,
    measuredMs: 1,
    lowMs: 1,
    highMs: 1,
    words: 'So much there.',
  };
  const scale = { source: '', estimates: [estimate] };
  const [finding] = judged({ locks: { AccessExclusiveLock: 1000 } }, [run([held])], { scale });
  assert.match(finding?.message ?? '', /\. So much there\.$/);
  assert.deepEqual(judged({ locks: { AccessExclusiveLock: 2000 } }, [run([held])], { scale }), []);
});
