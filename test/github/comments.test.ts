import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GitHubError, UserError } from '../../src/errors.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import { bodyDigest, commentMarker } from '../../src/github/comment-marker.ts';
import type { CommentRequest } from '../../src/github/comments.ts';
import { Secret } from '../../src/secret.ts';
import { HEAD_SHA } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { secondaryLimit } from '../support/fake-github-refusals.ts';
import { commentShape } from '../support/github-pull-shapes.ts';

const OURS = 'github-actions[bot]';
const LOOK = 'issues/list-comments';
const CREATE = [LOOK, 'issues/create-comment'];

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub();
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

function client(token = fake.token()): GitHub {
  const { environment } = fake;
  return createGitHub({ token: new Secret(token), environment, onNotice: () => {}, limits: { secondMs: 1 } });
}

function request(changes: Partial<CommentRequest> = {}): CommentRequest {
  const run = { id: '100', attempt: 1 };
  return { number: 7, key: 'default', body: '## Verdict: pass\n', run, sha: HEAD_SHA, ...changes };
}

/** The body as a run would have written it. */
function written(body: string, run = '90', attempt = 1, key = 'default'): string {
  const digest = bodyDigest(body);
  return `${commentMarker({ key, version: 1, sha: HEAD_SHA, run, attempt, digest })}\n${body}`;
}

function talk(count: number): void {
  for (let index = 1; index <= count; index += 1) {
    fake.comment({ issue: 7, author: 'robin', body: `Remark ${index}` });
  }
}

const bodies = () => fake.repository.comments.map(({ body }) => body);

describe('upsertComment', () => {
  test('creates, looks whether it is alone, then updates the same comment', async () => {
    const first = await client().upsertComment(request());
    assert.equal(first.outcome, 'created');
    assert.deepEqual(fake.calls(), [...CREATE, LOOK]);
    assert.deepEqual(bodies(), [written('## Verdict: pass\n', '100')]);
    assert.equal(fake.repository.comments[0]?.author, OURS);

    const second = await client().upsertComment(
      request({ body: '## Verdict: fail\n', run: { id: '101', attempt: 1 } }),
    );
    assert.deepEqual(second, { outcome: 'updated', url: first.url });
    assert.deepEqual(bodies(), [written('## Verdict: fail\n', '101')]);
  });

  test('the same text is not written again, also by a re-run', async () => {
    const { url } = await client().upsertComment(request());
    const calls = fake.calls().length;
    const again = await client().upsertComment(request({ run: { id: '100', attempt: 2 } }));
    assert.deepEqual(again, { outcome: 'unchanged', url });
    assert.ok(!fake.calls().slice(calls).includes('issues/update-comment'));
  });

  test('a text that somebody edited is put right; line ends do not count as an edit', async () => {
    const edited = written('## Verdict: pass\n').replace('pass', 'fail');
    const { id } = fake.comment({ issue: 7, author: OURS, body: edited });
    assert.equal((await client().upsertComment(request())).outcome, 'updated');
    assert.equal(bodies()[0], written('## Verdict: pass\n', '100'));
    fake.repository.comments = [{ ...fake.repository.comments[0], id } as never];
    const crlf = written('## Verdict: pass\n', '100').replaceAll('\n', '\r\n').trimEnd();
    fake.repository.comments = [{ ...fake.repository.comments[0], body: crlf } as never];
    assert.equal((await client().upsertComment(request())).outcome, 'unchanged');
  });

  for (const before of [30, 100, 245]) {
    test(`finds its comment behind ${before} others`, async () => {
      talk(before);
      const { id } = fake.comment({ issue: 7, author: OURS, body: written('old') });
      const { outcome, url } = await client().upsertComment(request());
      assert.equal(outcome, 'updated');
      assert.match(url, new RegExp(`#issuecomment-${id}$`));
      assert.equal(fake.repository.comments.length, before + 1);
    });
  }

  test('a marker by another author is not ours', async () => {
    fake.comment({ issue: 7, author: 'mallory', body: written('## All is well', '999') });
    assert.equal((await client().upsertComment(request())).outcome, 'created');
    assert.deepEqual(bodies(), [written('## All is well', '999'), written('## Verdict: pass\n', '100')]);
  });

  const notOurs: readonly [string, string][] = [
    ['quoted', `> ${written('old').replaceAll('\n', '\n> ')}`],
    ['further down', `Look:\n${written('old')}`],
    ['after a space', ` ${written('old')}`],
    ['of another key', written('old', '90', 1, 'replica')],
    ['of another version', written('old').replace('v=1', 'v=2')],
    ['with a field more', written('old').replace(' -->', ' x=1 -->')],
    ['with text behind it', written('old').replace(' -->', ' --> text')],
    ['with an upper-case commit', written('old').replace(HEAD_SHA, HEAD_SHA.toUpperCase())],
  ];
  for (const [title, body] of notOurs) {
    test(`a marker ${title} is left alone`, async () => {
      fake.comment({ issue: 7, author: OURS, body });
      assert.equal((await client().upsertComment(request())).outcome, 'created');
      assert.equal(bodies()[0], body);
    });
  }

  test('keys have comments of their own', async () => {
    await client().upsertComment(request({ key: 'orders' }));
    await client().upsertComment(request({ key: 'billing' }));
    assert.equal(bodies().length, 2);
    assert.equal((await client().findComment(7, 'billing'))?.marker.key, 'billing');
  });

  test('of several the oldest is kept; the others go after ours is written', async () => {
    talk(1);
    const oldest = fake.comment({ issue: 7, author: OURS, body: written('one', '91') });
    fake.comment({ issue: 7, author: OURS, body: written('two', '92') });
    fake.comment({ issue: 7, author: 'mallory', body: written('three', '93') });
    const { outcome } = await client().upsertComment(request());
    assert.equal(outcome, 'updated');
    assert.deepEqual(bodies(), ['Remark 1', written('## Verdict: pass\n', '100'), written('three', '93')]);
    assert.equal(fake.repository.comments[1]?.id, oldest.id);
    assert.deepEqual(fake.calls().slice(-4), [
      'issues/get-comment',
      'issues/update-comment',
      'issues/get-comment',
      'issues/delete-comment',
    ]);
  });

  test('the oldest is kept also when they are listed in another order', async () => {
    const { repository } = fake;
    const [one, two] = [written('one', '91'), written('two', '92')].map((body) =>
      fake.comment({ issue: 7, author: OURS, body }),
    );
    assert.ok(one && two);
    const host = { api: fake.url, web: fake.url };
    const body = [two, one].map((comment) => commentShape(host, repository, comment));
    fake.fault({ method: 'GET', answer: { status: 200, body } });
    await client().upsertComment(request());
    assert.deepEqual(
      repository.comments.map(({ id }) => id),
      [one.id],
    );
  });

  const moments: readonly (readonly [string, readonly string[]])[] = [
    ['the earlier run first', ['100', '101']],
    ['the later run first', ['101', '100']],
    ['three, the latest in the middle', ['101', '102', '100']],
    ['three, the latest first', ['102', '100', '101']],
  ];
  for (const [title, ids] of moments) {
    test(`runs that write at once end with one comment, the latest run's: ${title}`, async () => {
      // Each asks before any has written; then one creates after the other.
      fake.setLatency(60);
      const wanted = ids.map((id) => request({ body: `of ${id}`, run: { id, attempt: 1 } }));
      await Promise.all(
        wanted.map(async (one, index) => {
          await sleep(index * 20);
          return client().upsertComment(one);
        }),
      );
      assert.equal(fake.calls().filter((call) => call === 'issues/create-comment').length, ids.length);
      const latest = ids.toSorted().at(-1) as string;
      assert.deepEqual(bodies(), [written(`of ${latest}`, latest)]);
    });
  }

  test('a second comment that a creation meets is another author’s: it stays', async () => {
    fake.setLatency(30);
    const theirs = fake.token(undefined, { login: 'robin' });
    await Promise.all([client().upsertComment(request()), client(theirs).upsertComment(request())]);
    assert.deepEqual(fake.repository.comments.map(({ author }) => author).toSorted(), [OURS, 'robin']);
  });

  test('a duplicate that somebody else deletes meanwhile is no failure', async () => {
    fake.comment({ issue: 7, author: OURS, body: written('one', '91') });
    fake.comment({ issue: 7, author: OURS, body: written('two', '92') });
    fake.fault({ method: 'DELETE', after: true, answer: { status: 502, body: { message: 'Bad Gateway' } } });
    assert.equal((await client().upsertComment(request())).outcome, 'updated');
    assert.equal(bodies().length, 1);
  });

  const orders: readonly [string, string, number, string, number, string][] = [
    ['a later run', '101', 1, '100', 1, 'skipped'],
    ['a later attempt', '100', 2, '100', 1, 'skipped'],
    ['a later run with more digits', '10000000001', 1, '9999999999', 9, 'skipped'],
    ['a run that no number holds', '9999999999999999999', 1, '100', 1, 'updated'],
    ['the same attempt', '100', 1, '100', 1, 'updated'],
    ['an earlier attempt', '100', 1, '100', 2, 'updated'],
    ['an earlier run of more attempts', '99', 7, '100', 1, 'updated'],
  ];
  for (const [title, run, attempt, ourRun, ourAttempt, outcome] of orders) {
    test(`a comment by ${title}: ${outcome}`, async () => {
      fake.comment({ issue: 7, author: OURS, body: written('theirs', run, attempt) });
      const result = await client().upsertComment(request({ run: { id: ourRun, attempt: ourAttempt } }));
      assert.equal(result.outcome, outcome);
      assert.equal(bodies()[0]?.endsWith('theirs'), outcome === 'skipped');
      if (outcome === 'skipped') assert.match(result.reason ?? '', /has already commented/);
    });
  }

  test('a later run counts also when it wrote into a duplicate', async () => {
    fake.comment({ issue: 7, author: OURS, body: written('one', '91') });
    fake.comment({ issue: 7, author: OURS, body: written('two', '101') });
    assert.equal((await client().upsertComment(request())).outcome, 'skipped');
    assert.deepEqual(bodies(), [written('one', '91'), written('two', '101')]);
  });

  test('a comment deleted while it is updated is created anew', async () => {
    fake.comment({ issue: 7, author: OURS, body: written('old') });
    fake.fault({ method: 'PATCH', answer: { status: 404, body: { message: 'Not Found' } } });
    assert.equal((await client().upsertComment(request())).outcome, 'created');
  });

  test('a creation that GitHub kept but answered with 502 is not repeated', async () => {
    fake.fault({ method: 'POST', after: true, answer: { status: 502, body: { message: 'Bad Gateway' } } });
    assert.equal((await client().upsertComment(request())).outcome, 'created');
    assert.equal(bodies().length, 1);
  });

  test('a creation that was lost with its connection is repeated', async () => {
    fake.fault({ method: 'POST', answer: 'drop' });
    assert.equal((await client().upsertComment(request())).outcome, 'created');
    assert.equal(bodies().length, 1);
    assert.deepEqual(fake.calls(), [...CREATE, ...CREATE, LOOK]);
  });

  test('a creation that never works fails after two repetitions', async () => {
    fake.fault({ method: 'POST', times: 9, answer: { status: 503, body: { message: 'No server' } } });
    await assert.rejects(client().upsertComment(request()), { name: 'GitHubError', status: 503 });
    assert.equal(fake.calls().filter((call) => call === 'issues/create-comment').length, 3);
  });

  test('a secondary limit on the creation is waited out', async () => {
    fake.fault({ method: 'POST', times: 1, answer: secondaryLimit(5) });
    assert.equal((await client().upsertComment(request())).outcome, 'created');
    assert.equal(bodies().length, 1);
  });

  test('the limit of 65,536 characters holds before any call', async () => {
    const marker = `${commentMarker({ key: 'default', version: 1, sha: HEAD_SHA, run: '100', attempt: 1, digest: bodyDigest('') })}\n`;
    const room = 65_536 - marker.length;
    const tooLong = client().upsertComment(request({ body: 'x'.repeat(room + 1) }));
    await assert.rejects(tooLong, (error) => error instanceof UserError && /65,536/.test(error.message));
    assert.equal(fake.requests.length, 0);
    assert.equal((await client().upsertComment(request({ body: 'x'.repeat(room) }))).outcome, 'created');
  });

  test('a key that could break out of the marker is refused before any call', async () => {
    for (const key of ['', 'a b', 'x --> <script>', '-a', 'A', 'a'.repeat(65)]) {
      await assert.rejects(client().upsertComment(request({ key })), /cannot be marked with key/);
    }
    assert.equal(fake.requests.length, 0);
  });
});

describe('permission', () => {
  test('a read-only token: 403 with the permission and why forks lack it', async () => {
    const token = fake.token({ contents: 'read', 'pull-requests': 'read' });
    await assert.rejects(client(token).upsertComment(request()), (error) => {
      assert.ok(error instanceof GitHubError);
      assert.equal(error.status, 403);
      assert.equal(error.retryable, false);
      assert.equal(
        error.message,
        'GitHub answered 403 while commenting on pull request 7: Resource not accessible by integration.',
      );
      assert.match(error.hint ?? '', /`permissions: \{ pull-requests: write \}`.*forks.*Dependabot/);
      return true;
    });
    assert.deepEqual(bodies(), []);
  });

  test('a token that may not even list the comments is told of the write permission, not of read', async () => {
    const token = fake.token({ contents: 'read' });
    for (const ask of [
      () => client(token).findComment(7, 'default'),
      () => client(token).upsertComment(request()),
    ]) {
      await assert.rejects(ask, (error) => {
        assert.ok(error instanceof GitHubError);
        assert.equal(error.status, 403);
        assert.match(
          error.message,
          /^GitHub answered 403 while listing the comments of pull request 7: .*[.]$/,
        );
        assert.match(error.hint ?? '', /^Give the job `permissions: \{ pull-requests: write \}`\./);
        return true;
      });
    }
  });

  test('issues: write is enough', async () => {
    const token = fake.token({ issues: 'write' });
    assert.equal((await client(token).upsertComment(request())).outcome, 'created');
  });

  test('a locked conversation is told from a missing permission', async () => {
    fake.repository.locked.add(7);
    await assert.rejects(client().upsertComment(request()), { status: 403, hint: /Unlock it/ });
  });
});

describe('whose comment it is', () => {
  const accounts: readonly [string, string, readonly string[]][] = [
    ['a person', 'robin', ['users/get-authenticated']],
    ['the job', OURS, ['POST /graphql']],
    ['an app', 'tidewater-db[bot]', ['POST /graphql']],
  ];
  for (const [title, login, questions] of accounts) {
    test(`the token of ${title} finds its own comment`, async () => {
      const token = fake.token(undefined, { login });
      await client(token).upsertComment(request());
      const { outcome } = await client(token).upsertComment(request({ body: 'new' }));
      assert.equal(outcome, 'updated');
      assert.equal(fake.repository.comments[0]?.author, login);
      assert.deepEqual(fake.calls().slice(4, 4 + questions.length), questions);
    });
  }

  test('where GraphQL is closed, an installation is taken for the job', async () => {
    fake.comment({ issue: 7, author: OURS, body: written('old') });
    fake.fault({ path: /graphql/, answer: { status: 403, body: { message: 'Forbidden' } } });
    assert.equal((await client().upsertComment(request())).outcome, 'updated');
  });

  test('where GitHub fails, nobody is guessed', async () => {
    fake.comment({ issue: 7, author: 'tidewater-db[bot]', body: written('old') });
    fake.fault({
      path: /(user|graphql)$/,
      times: 9,
      answer: { status: 503, body: { message: 'No server' } },
    });
    const token = fake.token(undefined, { login: 'tidewater-db[bot]' });
    await assert.rejects(client(token).upsertComment(request()), { status: 503 });
    assert.equal(bodies().length, 1);
  });
});

describe('findComment', () => {
  test('gives the text without the marker, and nothing where there is none', async () => {
    assert.equal(await client().findComment(7, 'default'), undefined);
    fake.comment({ issue: 7, author: OURS, body: written('## Verdict\n\n<!-- pullgres key=x -->') });
    const found = await client().findComment(7, 'default');
    assert.equal(found?.body, '## Verdict\n\n<!-- pullgres key=x -->');
    assert.deepEqual([found?.marker.run, found?.marker.sha], ['90', HEAD_SHA]);
  });
});
