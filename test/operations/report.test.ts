import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../../src/evidence/schema.ts';
import { deservesComment } from '../../src/operations/report.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { judged, lintOf } from '../support/evidence.ts';

const nothing: Evidence['migrations'] = { tool: 'sql', directory: 'm', added: [], altered: [], base: 1 };
const added: Evidence['migrations'] = { ...nothing, added: ['m/2.sql'] };

function ran(migrations: Evidence['migrations'], status: 'passed' | 'unproven'): Evidence {
  const rehearsal = { status, reason: 'said', migrations: [], findings: [] };
  const lint = lintOf({ status: 'passed', findings: [], statements: [] });
  return judged({ migrations, lint, rehearsal, tests: undefined });
}

const cases: readonly [Policy['comment'], Evidence['migrations'], 'passed' | 'unproven', boolean][] = [
  ['always', nothing, 'passed', true],
  ['changes', nothing, 'passed', false],
  ['changes', added, 'passed', true],
  ['changes', nothing, 'unproven', true],
  ['problems', added, 'passed', false],
  ['problems', added, 'unproven', true],
  ['never', added, 'unproven', false],
];

for (const [mode, migrations, status, due] of cases) {
  const words = `${migrations?.added.length} added, rehearsal ${status}`;
  test(`comment: ${mode} with ${words}: ${due ? 'comments' : 'is silent'}`, () => {
    assert.equal(deservesComment(ran(migrations, status), mode), due);
  });
}

test('a teardown makes no first comment', () => {
  const teardown = { branch: 'b', removed: true, at: '2026-01-01T00:00:00.000Z' };
  assert.equal(deservesComment({ ...ran(added, 'passed'), teardown }, 'always'), false);
});
