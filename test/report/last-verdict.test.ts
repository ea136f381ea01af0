import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderComment } from '../../src/report/comment.ts';
import { readLastVerdict } from '../../src/report/last-verdict.ts';
import { sweptComment } from '../../src/report/sweep-comment.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { checkMarkdown } from '../support/markdown-check.ts';
import { SCENARIOS } from '../support/scenarios.ts';

const SHA = '8c1f0e2b7d3a4f5e6c7b8a9d0e1f2a3b4c5d6e7f';

test('every comment tells its verdict again when the branch is gone', () => {
  for (const [name, evidence] of Object.entries(SCENARIOS)) {
    const last = readLastVerdict(renderComment(evidence), SHA);
    const expected =
      name === 'teardown' ? undefined : { conclusion: evidence.verdict.conclusion, shortSha: '8c1f0e2' };
    assert.deepEqual(last, expected, name);
    const { teardown } = SCENARIOS;
    assert.ok(teardown);
    const closed = renderComment(teardown, last);
    checkMarkdown(closed);
    assert.match(closed, /^### ✅ Branch removed/);
    assert.equal(closed.includes('**Last verdict:**'), last !== undefined);
    // Closed a second time, by a re-run or after a reopening that was not judged.
    assert.deepEqual(readLastVerdict(closed, 'f'.repeat(40)), last);
  }
});

test('it is found below the sweep’s line, and whatever the evidence holds', () => {
  const { fail } = SCENARIOS;
  assert.ok(fail);
  const swept = sweptComment(renderComment(fail), {
    branch: 'b',
    at: '2026-11-22T00:00:00Z',
    open: true,
  });
  assert.equal(readLastVerdict(swept, SHA)?.conclusion, 'fail');
  for (let seed = 1; seed <= 40; seed++) {
    const evidence = hostileEvidence(seed, 5);
    assert.equal(readLastVerdict(renderComment(evidence), SHA)?.conclusion, evidence.verdict.conclusion);
  }
});

test('words that are not ours are no verdict', () => {
  for (const body of [
    '',
    '### ✅ Ready to mergers\n',
    '### <b>✅ Ready to merge</b>\n',
    '## ✅ Ready to merge\n',
    '### x\n\n**Last verdict:** ✅ Ready to merge @octocat, about `8c1f0e2`.',
    '### x\n\n**Last verdict:** ✅ Ready to merge, about `<script`.',
  ])
    assert.equal(readLastVerdict(body, SHA), undefined, body);
});
