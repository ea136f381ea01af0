import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import type { Evidence } from '../../src/evidence/schema.ts';
import type { OwnComment } from '../../src/github/comment-calls.ts';
import { bodyDigest } from '../../src/github/comment-marker.ts';
import type { CommentRequest } from '../../src/github/comments.ts';
import { comment, deservesComment } from '../../src/operations/report.ts';
import type { Setting } from '../../src/operations/setting.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { judged, lintOf } from '../support/evidence.ts';
import { quietWorld } from '../support/quiet-world.ts';
import { SCENARIOS } from '../support/scenarios.ts';

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

const RED = '### ❌ Do not merge yet: 1 finding must be resolved\n';

for (const [title, digest, expected] of [
  [
    'as we wrote it',
    bodyDigest(RED),
    /^### ✅ Branch removed\n\n\*\*Last verdict:\*\* ❌ Do not merge yet, about `1234567`\./,
  ],
  ['edited by somebody', bodyDigest('### ✅ Ready to merge\n'), /^### ✅ Branch removed\n\n\*\*Branch:\*\*/],
] as const) {
  test(`on close, the last verdict of a comment ${title}`, async () => {
    const marker = {
      key: 'default',
      version: 1,
      sha: '1234567'.padEnd(40, '0'),
      run: '1',
      attempt: 1,
    } as const;
    const existing: OwnComment = { id: 1, url: 'u', body: RED, marker: { ...marker, digest } };
    const written: CommentRequest[] = [];
    const github = {
      findComment: async () => existing,
      upsertComment: async (request: CommentRequest) => {
        written.push(request);
        return { outcome: 'updated', url: 'u' } as const;
      },
    };
    const { teardown } = SCENARIOS;
    assert.ok(teardown);
    const setting = { github, run: { id: '2', attempt: 1, url: 'u' } } as unknown as Setting;
    const world = quietWorld();
    rmSync(world.temporary, { recursive: true });
    await comment(world, setting, teardown, { comment: 'changes', key: 'default' });
    assert.match(written[0]?.body ?? '', expected);
  });
}
