import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy } from '../../src/operations/policy.ts';
import type { RehearseOptions } from '../../src/operations/rehearse.ts';
import { weighedFindings } from '../../src/operations/weighed-findings.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { budgetFindings } from '../../src/rehearsal/budgets.ts';
import { leftoverFinding } from '../../src/rehearsal/leftover-findings.ts';
import { ruleNames } from '../../src/rules/names.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { observedOf, placeOf } from '../support/evidence.ts';

const LEFT = (['invalid index', 'disabled trigger'] as const).map((kind) =>
  leftoverFinding({
    leftover: { key: kind, kind, relation: 'public.orders', name: 'public.i' },
    statements: [],
    file: 'm/1.sql',
  }),
);

function judged(text: string, found: readonly Finding[] = LEFT) {
  const policy = parsePolicy(text, 'p.yml', ruleNames);
  const place = placeOf('p.yml', 1, 'x');
  const exceptions = policy.exceptions.map((each) => ({ ...each, place, source: 'policy' as const }));
  const loaded = { ...defaultPolicy, policy, exceptions };
  const options = { plan: { added: [] }, loaded, lint: { statements: [] } } as unknown as RehearseOptions;
  return weighedFindings(options, found, '2026-11-21');
}

const severities = ({ findings }: ReturnType<typeof judged>) =>
  findings.map(({ rule, severity }) => `${rule} ${severity}`);

test('a finding of what was left has its own severity, or the policy’s', () => {
  assert.deepEqual(severities(judged('{}')), ['left-invalid-index error', 'left-disabled-trigger warning']);
  assert.deepEqual(severities(judged('rules: { left-invalid-index: notice, left-disabled-trigger: off }')), [
    'left-invalid-index notice',
  ]);
});

test('the policy decides how grave a broken budget is, and may put it off', () => {
  const budgets = { locks: {}, tables: {}, wal: undefined, total: 1 };
  const migration = { version: '1', file: 'm', outcome: 'applied' as const, durationMs: 1500 };
  const migrations = [{ ...migration, statements: [observedOf({})] }];
  const broken = budgetFindings({ budgets, migrations, existing: new Set(), policyPath: 'p.yml' });
  const weighed = (text: string) => severities(judged(text, broken));
  assert.deepEqual(weighed('{}'), ['over-budget error']);
  assert.deepEqual(weighed('rules: { over-budget: notice }'), ['over-budget notice']);
  assert.deepEqual(weighed('rules: { over-budget: off }'), []);
});

test('an exception that holds sets it apart, and one for something else is no complaint', () => {
  const exception = (rule: string, until: string) =>
    `exceptions: [{ rule: ${rule}, reason: known since spring, owner: a, until: ${until} }]`;
  const waived = judged(exception('left-invalid-index', '2026-12-01'));
  assert.deepEqual(severities(waived), ['left-disabled-trigger warning']);
  assert.deepEqual(
    waived.accepted.map(({ finding }) => finding.rule),
    ['left-invalid-index'],
  );
  for (const other of [exception('left-invalid-index', '2026-11-20'), exception('over-budget', '2026-12-01')])
    assert.equal(judged(other).findings.length, 2);
});
