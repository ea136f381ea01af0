import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideVerdict, distinctFindings, placeWords, type Unjudged } from '../../src/evidence/verdict.ts';
import { findingOf, lintOf, placeOf, statementOf, testsOf, unjudgedOf } from '../support/evidence.ts';

const STATUSES = ['passed', 'failed', 'unproven', 'skipped', 'missing'] as const;
type Status = (typeof STATUSES)[number];
const CHECKS = ['lint', 'rehearsal', 'tests'] as const;

function withStatuses(statuses: readonly Status[], required: Unjudged['policy']['required']): Unjudged {
  const [lint, rehearsal, tests] = statuses as [Status, Status, Status];
  const base = unjudgedOf();
  return {
    ...base,
    policy: { ...base.policy, required },
    lint: lint === 'missing' ? undefined : lintOf({ status: lint }),
    rehearsal: rehearsal === 'missing' ? undefined : { status: rehearsal, migrations: [], findings: [] },
    tests: tests === 'missing' ? undefined : testsOf({ status: tests }),
  };
}

test('every combination of three checks, required or not, gives the worst conclusion of its parts', () => {
  const outcome = (status: Status, required: boolean) => {
    if (status === 'passed') return 'pass';
    if (status === 'failed') return 'fail';
    if (required) return 'unproven';
    return status === 'unproven' ? 'warn' : 'pass';
  };
  let combinations = 0;
  for (const a of STATUSES) {
    for (const b of STATUSES) {
      for (const c of STATUSES) {
        for (let mask = 0; mask < 8; mask++) {
          const required = CHECKS.filter((_, index) => mask & (1 << index));
          const parts = [a, b, c].map((status, index) => outcome(status, (mask & (1 << index)) !== 0));
          const expected =
            (['fail', 'unproven', 'warn'] as const).find((one) => parts.includes(one)) ?? 'pass';
          const verdict = decideVerdict(withStatuses([a, b, c], required));
          assert.equal(verdict.conclusion, expected, `${a} ${b} ${c} required ${required}`);
          assert.ok(verdict.reasons.length > 0);
          combinations++;
        }
      }
    }
  }
  assert.equal(combinations, 1000);
});

test('a finding weighs as the policy says', () => {
  const table = [
    ['error', 'error', 'fail'],
    ['error', 'warning', 'fail'],
    ['error', 'never', 'warn'],
    ['warning', 'error', 'warn'],
    ['warning', 'warning', 'fail'],
    ['warning', 'never', 'warn'],
    ['notice', 'error', 'pass'],
    ['notice', 'warning', 'pass'],
    ['notice', 'never', 'pass'],
  ] as const;
  for (const [severity, failOn, expected] of table) {
    const base = unjudgedOf();
    const policy = { ...base.policy, failOn };
    const findings = [findingOf({ severity })];
    const predicted = { ...base, policy, lint: lintOf({ findings }) };
    const observed = { ...base, policy, rehearsal: { status: 'passed' as const, migrations: [], findings } };
    assert.equal(decideVerdict(predicted).conclusion, expected, `${severity} under ${failOn}`);
    assert.equal(decideVerdict(observed).conclusion, expected, `observed ${severity} under ${failOn}`);
  }
});

test('a risk that the migration itself accepts makes the verdict a warning, one of the policy does not', () => {
  const accepted = (source: 'file' | 'policy') => ({
    finding: findingOf(),
    reason: 'The table is small.',
    owner: '@ann`',
    until: '2027-01-31',
    source,
  });
  const verdictOf = (source: 'file' | 'policy') =>
    decideVerdict(
      unjudgedOf({
        policy: { ...unjudgedOf().policy, required: [] },
        lint: lintOf({ status: 'passed', findings: [], accepted: [accepted(source)] }),
      }),
    );
  assert.equal(verdictOf('policy').conclusion, 'pass');
  assert.deepEqual(verdictOf('file'), {
    conclusion: 'warn',
    reasons: [
      '`db/migrations/2.sql:1`: the migration itself accepts the risk of create-index-blocking, until 2027-01-31 in the name of `@annˋ`.',
    ],
  });
});

test('reasons say what and where, worst first', () => {
  const verdict = decideVerdict(
    unjudgedOf({
      lint: lintOf({
        status: 'failed',
        findings: [
          findingOf(),
          findingOf({ severity: 'warning', rule: 'drop-column', message: 'Data goes' }),
        ],
        statements: [statementOf({ seen: false })],
      }),
      rehearsal: { status: 'unproven', reason: 'no server could be started', migrations: [], findings: [] },
    }),
  );
  assert.deepEqual(verdict, {
    conclusion: 'fail',
    reasons: [
      '`db/migrations/2.sql:1`: While this runs, nobody can write to `public.orders`. (create-index-blocking)',
      'The rehearsal could not run, and this check is required: no server could be started.',
      '`db/migrations/2.sql:1`: Data goes. (drop-column)',
      '1 statement is of a kind that the lint does not know, so nothing was predicted for it: `db/migrations/2.sql:1`.',
    ],
  });
});

test('a failed check whose cause is named is not named twice', () => {
  const problem = { file: 'db/2.sql', line: 4, message: 'syntax error at or near "TABEL"' };
  const failing = decideVerdict(
    unjudgedOf({
      lint: lintOf({ status: 'failed', problems: [problem] }),
      rehearsal: {
        status: 'failed',
        findings: [],
        migrations: [
          { version: '2', file: 'db/2.sql', outcome: 'failed', durationMs: 3, statements: [], problem },
        ],
      },
      tests: testsOf({ status: 'failed', counts: { passed: 8, failed: 1, errored: 1, skipped: 4 } }),
    }),
  );
  assert.deepEqual(failing.reasons, [
    '`db/2.sql:4` could not be read as SQL: syntax error at or near "TABEL".',
    'The tests failed (2 of 10).',
  ]);
});

test('statements that the model does not know are a warning with their number', () => {
  const statements = [statementOf({ seen: false }), statementOf(), statementOf({ seen: false })];
  const verdict = decideVerdict(unjudgedOf({ lint: lintOf({ statements }) }));
  assert.equal(verdict.conclusion, 'warn');
  assert.match(verdict.reasons[0] ?? '', /^2 statements .* the first is `db\/migrations\/2\.sql:1`\.$/);
});

test('a run that only removed a branch passes, a missing record elsewhere does not', () => {
  const nothing = unjudgedOf({ lint: undefined, rehearsal: undefined });
  const teardown = { branch: 'pr-7', removed: true, at: '2026-11-21T09:01:00Z' };
  assert.deepEqual(decideVerdict({ ...nothing, teardown }), {
    conclusion: 'pass',
    reasons: ['The branch `pr-7` was removed.'],
  });
  assert.deepEqual(decideVerdict({ ...nothing, teardown: { ...teardown, removed: false } }).reasons, [
    'The branch `pr-7` was already gone.',
  ]);
  assert.equal(decideVerdict(nothing).conclusion, 'unproven');
  assert.equal(decideVerdict({ ...nothing, teardown, tests: testsOf() }).conclusion, 'unproven');
});

test('a complaint that was predicted and observed counts once, as observed', () => {
  const predicted = findingOf();
  const observed = findingOf({ evidence: 'observed' });
  const elsewhere = findingOf({ place: placeOf('db/migrations/3.sql', 9, 'x', 300) });
  const findings = distinctFindings(
    unjudgedOf({
      lint: lintOf({ findings: [elsewhere, predicted, findingOf({ severity: 'notice', rule: 'a' })] }),
      rehearsal: { status: 'passed', migrations: [], findings: [observed] },
    }),
  );
  assert.deepEqual(
    findings.map((one) => [one.severity, one.evidence, one.place.line]),
    [
      ['error', 'observed', 1],
      ['error', 'predicted', 9],
      ['notice', 'predicted', 1],
    ],
  );
});

test('thousands of findings give a short list and a count', () => {
  const findings = Array.from({ length: 5000 }, (_, index) =>
    findingOf({ place: placeOf(`db/migrations/${index}.sql`, 1, 'x', 0) }),
  );
  const { reasons } = decideVerdict(unjudgedOf({ lint: lintOf({ findings }) }));
  assert.equal(reasons.length, 21);
  assert.equal(reasons.at(-1), '4980 more findings fail the check (fail-on: error).');
});

test('what one file repeats is one reason, with its places', () => {
  const findings = [1, 4, 9].map((line) =>
    findingOf({ place: placeOf('db/migrations/2.sql', line, 'x', line * 10) }),
  );
  const { reasons } = decideVerdict(unjudgedOf({ lint: lintOf({ findings }) }));
  assert.equal(reasons.length, 1);
  assert.match(reasons[0] ?? '', /^`db\/migrations\/2\.sql:1`: .* In this file also: line 4 and line 9\.$/);
});

test('a file name cannot end the code marks around it', () => {
  assert.equal(placeWords({ file: 'm/`x`.sql', line: 3 }), '`m/ˋxˋ.sql:3`');
});

test('the running version weighs as much as the tests, and its reason says what it misses', () => {
  const reason =
    '1 of 4 tests of commit 0123456789ab fail on the migrated schema: there is no column `note`.';
  const table = [
    ['passed', ['tests'], 'pass', /the running version’s tests\.$/],
    ['passed', [], 'pass', /the running version’s tests\.$/],
    ['failed', ['tests'], 'fail', /^The running version does not survive this deploy: 1 of 4 .*`note`\.$/],
    ['failed', [], 'fail', /^The running version does not survive this deploy/],
    ['unproven', ['tests'], 'unproven', /^Whether the running version survives this deploy is not proved: /],
    ['unproven', [], 'warn', /^Whether the running version survives this deploy is not proved: /],
    ['skipped', ['tests'], 'pass', /^Passed: tests\.$/],
  ] as const;
  for (const [status, required, conclusion, says] of table) {
    const base = unjudgedOf();
    const verdict = decideVerdict({
      ...base,
      policy: { ...base.policy, required },
      lint: undefined,
      rehearsal: undefined,
      tests: testsOf({ status: 'passed', oldCode: { status, reason, failures: [] } }),
    });
    assert.equal(verdict.conclusion, conclusion, `${status} ${required}`);
    assert.match(verdict.reasons[0] ?? '', says);
  }
});
