import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitHubError, UserError } from '../../src/errors.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import { bodyDigest, commentMarker } from '../../src/github/comment-marker.ts';
import type { IssueRequest } from '../../src/github/issues.ts';
import { Secret } from '../../src/secret.ts';
import { HEAD_SHA } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';

const OURS = 'github-actions[bot]';

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub();
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

function client(token = fake.token({ issues: 'write' })): GitHub {
  const { environment } = fake;
  return createGitHub({ token: new Secret(token), environment, onNotice: () => {}, limits: { secondMs: 1 } });
}

const request = (changes: Partial<IssueRequest> = {}): IssueRequest => ({
  key: 'drill',
  title: 'Restore drill failed: restore',
  body: 'It failed.',
  run: { id: '100', attempt: 1 },
  sha: HEAD_SHA,
  ...changes,
});

function written(body: string, changes: { run?: string; key?: string } = {}): string {
  const { run = '90', key = 'drill' } = changes;
  return `${commentMarker({ key, version: 1, sha: HEAD_SHA, run, attempt: 1, digest: bodyDigest(body) })}\n${body}`;
}

function there(author: string, body: string, state: 'open' | 'closed' = 'open'): number {
  const number = 50 + fake.repository.issues.length;
  const createdAt = '2026-11-20T00:00:00Z';
  fake.repository.issues.push({ number, author, title: 'old', body, state, createdAt });
  return number;
}

describe('upsertIssue', () => {
  test('opens one, then rewrites the same, then leaves it', async () => {
    const first = await client().upsertIssue(request());
    assert.equal(first.outcome, 'opened');
    const later = request({
      run: { id: '101', attempt: 1 },
      title: 'Restore drill failed: fetch',
      body: 'Again.',
    });
    assert.deepEqual(await client().upsertIssue(later), { ...first, outcome: 'updated' });
    const next = { ...later, run: { id: '102', attempt: 1 } };
    assert.deepEqual(await client().upsertIssue(next), { ...first, outcome: 'unchanged' });
    assert.deepEqual(
      fake.repository.issues.map(({ title, body }) => [title, body]),
      [['Restore drill failed: fetch', written('Again.', { run: '101' })]],
    );
  });

  test('a later run’s words stay', async () => {
    const number = there(OURS, written('Newer.', { run: '200' }));
    const { outcome, ...rest } = await client().upsertIssue(request());
    assert.deepEqual([outcome, rest.number], ['skipped', number]);
    assert.equal(fake.repository.issues[0]?.body, written('Newer.', { run: '200' }));
  });

  test('only our own, open one of that key is rewritten', async () => {
    there('mallory', written('copied marker'));
    there(OURS, written('closed'), 'closed');
    there(OURS, written('another key', { key: 'refresh' }));
    there(OURS, 'no marker');
    const before = fake.repository.issues.map(({ body }) => body);
    assert.equal((await client().upsertIssue(request())).outcome, 'opened');
    assert.deepEqual(
      fake.repository.issues.slice(0, 4).map(({ body }) => body),
      before,
    );
    assert.equal(fake.repository.issues.length, 5);
  });

  test('a title is one line, and no longer than GitHub takes', async () => {
    await client().upsertIssue(request({ title: `a\nb ${'x'.repeat(300)}` }));
    assert.equal(fake.repository.issues[0]?.title.slice(0, 5), 'a b x');
    assert.equal(fake.repository.issues[0]?.title.length, 256);
  });

  test('a body that is too long and a token that may not are said', async () => {
    await assert.rejects(client().upsertIssue(request({ body: 'x'.repeat(65_536) })), UserError);
    await assert.rejects(
      client(fake.token({ contents: 'read' })).upsertIssue(request()),
      (error) => error instanceof GitHubError && /issues: write/.test(`${error.message} ${error.hint}`),
    );
    assert.equal(fake.repository.issues.length, 0);
  });

  test('an issue that GitHub may have kept is not opened twice', async () => {
    fake.fault({ method: 'POST', path: /\/issues$/, answer: 'drop', after: true });
    await assert.rejects(client().upsertIssue(request()), GitHubError);
    assert.equal(fake.calls().filter((call) => call === 'issues/create').length, 1);
  });
});
