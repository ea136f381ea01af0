import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BranchRecord } from '../../src/evidence/schema.ts';
import { evidenceSchema } from '../../src/evidence/schema.ts';
import { dataLine } from '../../src/report/sections.ts';
import { judged } from '../support/evidence.ts';

const evidence = judged();
const { run } = evidence;
const branch: BranchRecord = {
  name: 'pullgres_42_pr_7',
  id: 'pullgres_42_pr_7',
  provider: 'postgres',
  created: true,
  lifetime: 'pull request',
  createdAt: run.startedAt,
  expiresAt: '2026-11-24T09:00:00Z',
  baseline: { id: 'shop', kind: 'synthetic', createdAt: run.startedAt },
  postgresVersion: 18,
  durationMs: 900,
};
const before = (hours: number) => new Date(Date.parse(run.finishedAt) - hours * 3_600_000).toISOString();
const lineOf = (baseline: Partial<BranchRecord['baseline']>) => {
  const told = { ...evidence, branch: { ...branch, baseline: { ...branch.baseline, ...baseline } } };
  evidenceSchema.parse(told);
  return dataLine(told);
};

test('the comment says how old the rows are, not the baseline, and whether their masking is proved', () => {
  const masked = { id: 'shop@20260601T000000Z', kind: 'masked', name: 'shop', createdAt: before(2) } as const;
  assert.equal(
    lineOf({ ...masked, sourceAt: before(14), proved: true }),
    '**Data:** masked baseline of 14 h ago, proved.',
  );
  assert.equal(lineOf(masked), '**Data:** masked baseline of 2 h ago.');
  assert.equal(
    lineOf({ kind: 'synthetic', createdAt: before(3) }),
    '**Data:** synthetic baseline of 3 h ago.',
  );
});
