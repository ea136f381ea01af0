import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedComment, unpublishedComment } from '../../src/report/published.ts';
import { hostileEvidence, hostileText, seeded } from '../support/hostile.ts';
import { checkMarkdown } from '../support/markdown-check.ts';
import { SCENARIOS } from '../support/scenarios.ts';

const run = {
  id: '41',
  attempt: 2,
  url: 'https://github.com/tidewater/shop/actions/runs/41/attempts/2',
  headSha: 'a'.repeat(40),
};

test('a published comment is the comment, and says whose measurement it is', () => {
  for (const evidence of Object.values(SCENARIOS)) {
    const text = checkMarkdown(publishedComment(evidence, run));
    assert.match(
      text,
      /\n<sub>Measured in the pull request's own \[run 41, attempt 2\]\(…\), which its author can change/,
    );
  }
});

test('hostile evidence forges nothing in it, and it stays within what GitHub takes', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const comment = publishedComment(hostileEvidence(seed, 1 + (seed % 40)), run);
    checkMarkdown(comment);
    assert.ok(comment.length < 61_000);
  }
});

test('a refusal tells the reason, the commit and the run, whatever the texts are', () => {
  const words = { title: 'the result was refused', why: 'It is about another commit', step: 'Run it again.' };
  assert.equal(
    unpublishedComment(run, words),
    `### ❔ Not proved: the result was refused

**Why:** It is about another commit.

**What to do now:** Run it again.

<sub>\`aaaaaaa\` · [run 41, attempt 2](https://github.com/tidewater/shop/actions/runs/41/attempts/2)</sub>`,
  );
  const random = seeded(11);
  for (let round = 0; round < 200; round++) {
    const text = () => hostileText(random, 6).replaceAll('`', '');
    checkMarkdown(unpublishedComment({ ...run, url: text() }, { title: text(), why: text(), step: text() }));
  }
});
