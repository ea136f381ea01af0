import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LintRecord } from '../../src/evidence/schema.ts';
import { defaultPolicy } from '../../src/operations/policy.ts';
import { withoutRefuted } from '../../src/operations/refute.ts';
import { findingOf } from '../support/evidence.ts';

const [one, two] = [
  findingOf({ relation: 'a', severity: 'error' }),
  findingOf({ relation: 'b', severity: 'error' }),
];
const lint = { status: 'failed', findings: [one, two], problems: [] } as unknown as LintRecord;
const rehearsal = (...findings: (typeof one)[]) => ({
  ...{ status: 'passed' as const, migrations: [], findings: [] },
  refuted: findings.map((finding) => ({ finding, reason: 'r' })),
});
const problem = { file: 'm', message: 'unreadable' };

const cases: readonly [string, LintRecord, (typeof one)[], string, number][] = [
  ['all are disproved', lint, [one, two], 'passed', 0],
  ['one is left', lint, [one], 'failed', 1],
  ['a place could not be read', { ...lint, problems: [problem] }, [one, two], 'failed', 0],
  ['none is disproved', lint, [], 'failed', 2],
];
for (const [name, before, refuted, status, left] of cases)
  test(`the lint without what was disproved: ${name}`, () => {
    const after = withoutRefuted(before, rehearsal(...refuted), defaultPolicy);
    assert.deepEqual([after.status, after.findings.length], [status, left]);
  });
