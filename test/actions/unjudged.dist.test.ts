import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { bodyDigest, commentMarker } from '../../src/github/comment-marker.ts';
import { checkMarkdown } from '../support/markdown-check.ts';
import { BASE_MIGRATIONS, GOOD_MIGRATION, type Shop } from '../support/shop-job.ts';
import { withShop } from './bad-input.ts';

const OURS = 'github-actions[bot]';
const GREEN = '### ✅ Ready to merge: 1 new migration applied in 5 ms, nothing found\n';
const OWN_RUN = 7_000_000_001;
const LATER_RUN = 9_000_000_000;
const OLD_SHA = 'c0ffee1'.padEnd(40, '0');

/** The green comment of an earlier commit, as an earlier run left it. */
function leaveGreen({ github, pull }: Shop, run = '1', key = 'default', sha = OLD_SHA): void {
  const digest = bodyDigest(GREEN);
  const marker = commentMarker({ key, version: 1, sha, run, attempt: 1, digest });
  github.comment({ issue: pull.number, author: OURS, body: `${marker}\n${GREEN}` });
}

/** The green comment of a later run about this very commit, which GitHub knows. */
function leaveLaterGreen(shop: Shop, headSha: string): void {
  const run = { workflowId: 1, headSha, attempt: 1, conclusion: 'success' };
  shop.github.repository.runs = [OWN_RUN, LATER_RUN].map((id) => ({ ...run, id }));
  leaveGreen(shop, String(LATER_RUN), 'default', headSha);
}

function assertUnjudged(comment: string, headSha: string, words: RegExp): void {
  assert.match(comment, new RegExp(`^<!-- pullgres key=default v=1 sha=${headSha} `));
  const body = comment.slice(comment.indexOf('\n') + 1);
  assert.match(body.slice(0, 300), /^### ❔ Not proved: this commit could not be judged\n.*What to do now/s);
  assert.match(body, words);
  assert.match(body, /about commit `c0ffee1`, no longer counts/);
  assert.match(body, new RegExp(`<sub>\`${headSha.slice(0, 7)}\` · \\[run \\d+\\]\\(.* UTC · `));
  assert.doesNotMatch(body, /Ready to merge/);
  checkMarkdown(body);
}

test('inputs that cannot be read leave no green comment of an earlier commit', async () => {
  await withShop({}, async (shop) => {
    const { headSha } = await shop.push(GOOD_MIGRATION);
    const first = await shop.run({ with: { 'postgres-version': 'ghp_hunter2' } });
    assert.equal(first.comment, '', 'no comment is made only to say that');
    leaveGreen(shop);
    const { comment, exitCode, annotations } = await shop.run({
      with: { 'postgres-version': 'ghp_hunter2' },
    });
    assert.deepEqual([exitCode, annotations.length], [1, 1]);
    assertUnjudged(comment, headSha, /- What the workflow, the policy or the checkout gives is not right\./);
    assert.doesNotMatch(comment, /hunter2/, 'a secret may stand in the wrong place');
    assert.equal(shop.github.repository.comments.length, 1);
  });
});

test('a policy that cannot be read leaves no green comment of an earlier commit', async () => {
  const base = { ...BASE_MIGRATIONS, '.github/pullgres.yml': 'reqired: [lint]\n' };
  await withShop({ base }, async (shop) => {
    const { headSha } = await shop.push(GOOD_MIGRATION);
    leaveGreen(shop);
    assertUnjudged((await shop.run()).comment, headSha, /- What the workflow/);
  });
});

test('a crash leaves no green comment of an earlier commit, and tells nothing of what it held', async () => {
  await withShop({}, async (shop) => {
    const { headSha } = await shop.push({ 'notes.txt': 'no migration\n' });
    leaveGreen(shop);
    const crash = join(shop.workspace, '..', 'crash.mjs');
    await writeFile(
      crash,
      `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
       fs.promises.rename = async () => { throw new Error('hunter2') }; syncBuiltinESMExports();`,
    );
    const { comment, log, exitCode } = await shop.run({ environment: { NODE_OPTIONS: `--import=${crash}` } });
    assert.equal(exitCode, 1);
    assert.match(log, /Internal error: hunter2/);
    assertUnjudged(comment, headSha, /- Pullgres itself failed\./);
    assert.doesNotMatch(comment, /hunter2/);
  });
});

test('a report without evidence leaves no green comment, of its own key only', async () => {
  await withShop({}, async (shop) => {
    const { headSha } = await shop.push(GOOD_MIGRATION);
    leaveGreen(shop, '1', 'replica');
    leaveGreen(shop);
    const { comment } = await shop.run({ action: 'report' });
    assertUnjudged(comment, headSha, /- What the workflow/);
    assert.match(shop.github.repository.comments[0]?.body ?? '', /Ready to merge/);
  });
});

/** What must leave the comment as it is. */
const left: readonly (readonly [string, (shop: Shop) => Promise<unknown>])[] = [
  ['an old run that fails again', (shop) => shop.run({ with: { baseline: '', 'postgres-version': 'x' } })],
  ['comment: never', (shop) => shop.run({ with: { comment: 'never', 'postgres-version': 'x' } })],
  ['a closed pull request', (shop) => shop.run({ event: 'closed', with: { 'postgres-version': 'x' } })],
  [
    'a token that may not write',
    (shop) =>
      shop.run({
        token: shop.github.token({ contents: 'read', 'pull-requests': 'read' }),
        with: { 'postgres-version': 'x' },
      }),
  ],
];
for (const [index, [title, run]] of left.entries()) {
  test(`left alone: the comment under ${title}`, async () => {
    await withShop({}, async (shop) => {
      const { headSha } = await shop.push(GOOD_MIGRATION);
      if (index === 0) leaveLaterGreen(shop, headSha);
      else leaveGreen(shop);
      await run(shop);
      assert.match(shop.github.repository.comments[0]?.body ?? '', /Ready to merge/);
      assert.equal(shop.github.repository.comments.length, 1);
    });
  });
}
