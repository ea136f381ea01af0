import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitHubError } from '../../src/errors.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import { Secret } from '../../src/secret.ts';
import { HEAD_SHA } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';

const FILES = [{ path: 'a.sql', status: 'added', patch: '@@ -0,0 +1,3 @@\n+a\n+b\n+c' }] as const;

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub({ pulls: [{ files: FILES }] });
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

function client(token = fake.token()): GitHub {
  const { environment } = fake;
  return createGitHub({ token: new Secret(token), environment, onNotice: () => {}, limits: { secondMs: 1 } });
}

const comment = { path: 'a.sql', startLine: 1, endLine: 1, body: 'MARK one' };
const review = (comments = [comment, { ...comment, startLine: 2, endLine: 3, body: 'MARK two' }]) => ({
  number: 7,
  sha: HEAD_SHA,
  body: 'Changes',
  comments,
});
const isOurs = (body: string) => body.startsWith('MARK');

describe('reviews', () => {
  test('all comments come in one review, on the head’s lines', async () => {
    assert.match(await client().writeReview(review()), /#pullrequestreview-\d+$/);
    assert.deepEqual(fake.calls(), ['pulls/create-review']);
    assert.deepEqual(
      fake.repository.lineComments.map(({ sha, line, startLine }) => [sha, startLine, line]),
      [
        [HEAD_SHA, undefined, 1],
        [HEAD_SHA, 2, 3],
      ],
    );
  });

  test('a failure is not repeated: GitHub may have kept the review', async () => {
    fake.fault({ method: 'POST', times: 9, answer: { status: 502, body: { message: 'Bad gateway' } } });
    await assert.rejects(client().writeReview(review()), GitHubError);
    assert.equal(fake.calls().length, 1);
  });

  test('own comments bear the mark and are written by the token’s account, on all pages', async () => {
    const { lineComments } = fake.repository;
    const base = { pull: 7, review: 1, sha: HEAD_SHA, path: 'a.sql', line: 1, startLine: undefined };
    for (let id = 1; id <= 150; id += 1) {
      const author = id % 2 === 0 ? 'robin' : 'github-actions[bot]';
      const body = id > 146 ? `MARK ${id}` : 'Nice';
      lineComments.push({ ...base, id, author, body, createdAt: '2026-01-01T00:00:00Z' });
    }
    const found = await client().ownLineComments(7, isOurs);
    assert.deepEqual(
      found.map(({ body }) => body),
      ['MARK 147', 'MARK 149'],
    );
  });

  test('nobody asks whose the token is where no comment bears the mark', async () => {
    assert.deepEqual(await client().ownLineComments(7, isOurs), []);
    assert.deepEqual(fake.calls(), ['pulls/list-review-comments']);
  });
});
