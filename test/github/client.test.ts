import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { GitHubError, UserError } from '../../src/errors.ts';
import type { Limits } from '../../src/github/api.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import { Secret } from '../../src/secret.ts';
import { BASE_SHA, HEAD_SHA, HOSTILE_REFS, pullSpec } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { rateLimitExceeded, secondaryLimit } from '../support/fake-github-refusals.ts';

let fake: FakeGitHub;
const notices: string[] = [];

beforeEach(async () => {
  notices.length = 0;
  fake = await startFakeGitHub({ pulls: [{}, { number: 9, files: manyFiles(205) }] });
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

function manyFiles(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    path: `migrations/${String(index).padStart(4, '0')}.sql`,
    status: 'added' as const,
  }));
}

function client(token = fake.token(), limits: Partial<Limits> = {}): GitHub {
  return createGitHub({
    token: new Secret(token),
    environment: fake.environment,
    onNotice: (text) => notices.push(text),
    limits: { secondMs: 1, ...limits },
  });
}

/** Asserts a GitHubError and gives it on. */
async function refusal(work: Promise<unknown>): Promise<GitHubError> {
  const error = await work.then(
    () => assert.fail('was not refused'),
    (cause) => cause,
  );
  assert.ok(error instanceof GitHubError, inspect(error));
  return error;
}

describe('pullRequest', () => {
  test('tells the present state, also of one closed while a run was under way', async () => {
    const open = {
      number: 7,
      repositoryId: fake.repository.id,
      open: true,
      merged: false,
      draft: false,
      headSha: HEAD_SHA,
      headRef: 'index-orders',
      baseSha: BASE_SHA,
      baseRef: 'main',
    };
    assert.deepEqual(await client().pullRequest(7), open);
    fake.repository.pulls.set(7, pullSpec({ state: 'closed', merged: true }));
    assert.deepEqual(await client().pullRequest(7), { ...open, open: false, merged: true });
  });

  test('serves a deleted fork and hostile refs', async () => {
    for (const headRef of HOSTILE_REFS) {
      fake.repository.pulls.set(7, pullSpec({ headRef, headRepository: null }));
      assert.equal((await client().pullRequest(7)).headRef, headRef);
    }
  });

  test('one that does not exist is 404 with advice, and is not asked twice', async () => {
    const error = await refusal(client().pullRequest(404));
    assert.equal(error.message, 'GitHub answered 404 while reading pull request 404: Not Found.');
    assert.equal(error.hint, 'It does not exist, or the token may not see it (`pull-requests: read`).');
    assert.equal(error.status, 404);
    assert.equal(error.retryable, false);
    assert.equal(fake.requests.length, 1);
  });

  test('an answer of another shape is refused, not believed', async () => {
    fake.fault({ answer: { status: 200, body: { welcome: 'please log in' } } });
    const error = await refusal(client().pullRequest(7));
    assert.match(error.message, /is not understood: see number, state, merged, head, base\.$/);
  });
});

describe('changedFiles', () => {
  test('reads all pages', async () => {
    const files = await client().changedFiles(9);
    assert.deepEqual(
      files.map(({ path }) => path),
      manyFiles(205).map(({ path }) => path),
    );
    assert.deepEqual(
      fake.requests.map(({ query }) => [query.per_page, query.page]),
      [
        ['100', undefined],
        ['100', '2'],
        ['100', '3'],
      ],
    );
  });

  test('tells a renamed file’s old path, its content’s name and its diff', async () => {
    const blob = 'a'.repeat(40);
    const file = {
      path: 'b.sql',
      status: 'renamed',
      previousPath: 'a.sql',
      blob,
      patch: '@@ -1 +1 @@',
    } as const;
    fake.repository.pulls.set(7, pullSpec({ files: [file] }));
    assert.deepEqual(await client().changedFiles(7), [file]);
  });

  test('refuses a list that GitHub cuts off', async () => {
    fake.repository.pulls.set(7, pullSpec({ files: manyFiles(3000) }));
    await assert.rejects(client().changedFiles(7), /more files than GitHub lists \(3,000\)/);
  });
});

describe('readFile', () => {
  const policy = '.github/pullgres.yml';

  test('reads a file at a commit; no file is nothing, no commit is an error', async () => {
    fake.repository.files[BASE_SHA] = {
      [policy]: '\u{feff}lint: { } # größer ☂\n',
      'a b/c#d?.sql': 'select 1;',
    };
    assert.equal(await client().readFile(policy, BASE_SHA), 'lint: { } # größer ☂\n');
    assert.equal(await client().readFile('a b/c#d?.sql', BASE_SHA), 'select 1;');
    assert.equal(await client().readFile('.github/other.yml', BASE_SHA), undefined);
    const error = await refusal(client().readFile(policy, HEAD_SHA));
    assert.equal(error.status, 404);
    assert.match(error.message, /No commit found for the ref 7b41e9c2/);
  });

  test('1 MiB is read, a byte more is refused by its limit', async () => {
    fake.repository.files.main = { full: 'x'.repeat(1_048_576), more: 'x'.repeat(1_048_577) };
    assert.equal((await client().readFile('full', 'main'))?.length, 1_048_576);
    await assert.rejects(client().readFile('more', 'main'), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, 'more at main has 1048577 bytes; the limit is 1 MiB (1,048,576 bytes).');
      return true;
    });
  });

  test('a folder and a file that is not UTF-8 are refused', async () => {
    fake.repository.files.main = { 'db/one.sql': '', latin: new Uint8Array([0x67, 0x72, 0xf6]) };
    await assert.rejects(client().readFile('db', 'main'), /db at main is a folder, not a file/);
    await assert.rejects(client().readFile('latin', 'main'), /latin at main is not UTF-8 text/);
  });

  test('a token without contents: read is told so, not that there is no policy', async () => {
    fake.repository.files.main = { [policy]: 'lint: {}' };
    const error = await refusal(client(fake.token({ 'pull-requests': 'write' })).readFile(policy, 'main'));
    assert.equal(error.status, 403);
    assert.match(error.hint ?? '', /permissions: \{ contents: read \}/);
  });
});

describe('refusals', () => {
  test('401: an unknown token, which is nowhere in the error', async () => {
    const error = await refusal(client('ghp_thisTokenIsNotKnown').pullRequest(7));
    assert.equal(error.message, 'GitHub answered 401 while reading pull request 7: Bad credentials.');
    assert.match(error.hint ?? '', /wrong or has expired/);
    assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /thisTokenIsNotKnown/);
  });

  test('a secondary limit is waited out, and said', async () => {
    fake.fault({ times: 2, answer: secondaryLimit(20, 429) });
    assert.equal((await client().pullRequest(7)).number, 7);
    assert.deepEqual(notices, [
      "GitHub's secondary rate limit asks to wait 20 s. Waiting.",
      "GitHub's secondary rate limit asks to wait 20 s. Waiting.",
    ]);
  });

  for (const status of [403, 429]) {
    test(`${status} with retry-after is waited out, whatever its words`, async () => {
      const headers = { 'retry-after': '7' };
      fake.fault({ answer: { status, headers, body: { message: 'Too many requests' } } });
      assert.equal((await client().pullRequest(7)).number, 7);
      assert.deepEqual(notices, ["GitHub's secondary rate limit asks to wait 7 s. Waiting."]);
      fake.fault({ times: 9, answer: { status, headers, body: { message: 'Too many requests' } } });
      const error = await refusal(client().pullRequest(7));
      assert.deepEqual([error.status, error.retryable, error.retryAfter], [status, true, 7]);
      assert.equal(fake.requests.length, 5);
    });
  }

  test('a secondary limit is repeated twice, not more', async () => {
    fake.fault({ times: 9, answer: secondaryLimit(1) });
    const error = await refusal(client().pullRequest(7));
    assert.equal(error.status, 403);
    assert.equal(error.retryable, true);
    assert.equal(fake.requests.length, 3);
  });

  test('no more than 60 s are waited in all', async () => {
    const github = client();
    fake.fault({ answer: secondaryLimit(50) });
    await github.pullRequest(7);
    fake.fault({ answer: secondaryLimit(11) });
    const error = await refusal(github.pullRequest(7));
    assert.equal(error.retryable, true);
    assert.equal(
      notices[1],
      "GitHub's secondary rate limit asks to wait 11 s. That is longer than Pullgres waits.",
    );
  });

  test('the wait is as long as GitHub asks', async () => {
    fake.fault({ answer: secondaryLimit(3) });
    const start = performance.now();
    await client(fake.token(), { secondMs: 100 }).pullRequest(7);
    assert.ok(performance.now() - start >= 290);
  });

  test('a primary limit that lifts in an hour is not waited for', async () => {
    fake.state.rate.remaining = 0;
    const error = await refusal(client().pullRequest(7));
    assert.equal(error.retryable, true);
    assert.match(error.message, /API rate limit exceeded/);
    assert.equal(fake.requests.length, 1);
  });

  test('a primary limit that lifts at once is', async () => {
    const reset = String(Math.floor(Date.now() / 1000));
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    fake.fault({ answer: { ...rateLimitExceeded(), headers } });
    assert.equal((await client().pullRequest(7)).number, 7);
  });

  test('500s are repeated twice', async () => {
    fake.fault({ times: 2, answer: { status: 502, body: { message: 'Bad Gateway' } } });
    assert.equal((await client().pullRequest(7)).number, 7);
    fake.fault({ times: 3, answer: { status: 500, body: 'oops' } });
    const error = await refusal(client().pullRequest(7));
    assert.deepEqual([error.status, error.retryable], [500, true]);
    assert.equal(fake.requests.length, 6);
  });

  test('an answer that breaks off is repeated, not taken for empty', async () => {
    fake.fault({ answer: 'cut' });
    assert.equal((await client().pullRequest(7)).number, 7);
    assert.equal(fake.requests.length, 2);
  });

  test('hostile words of the server stay on one line', async () => {
    fake.fault({ answer: { status: 404, body: { message: 'no\n::error::\u001b[31mpwned' } } });
    const error = await refusal(client().pullRequest(7));
    assert.equal(error.message, 'GitHub answered 404 while reading pull request 7: no ::error:: [31mpwned.');
  });
});

describe('no answer', () => {
  test('refused connection: status 0, the address is questioned, the token is nowhere', async () => {
    const port = await freePort();
    const github = createGitHub({
      token: new Secret('ghs_secretToken'),
      environment: { ...fake.environment, GITHUB_API_URL: `http://127.0.0.1:${port}/` },
      onNotice: () => {},
      limits: { secondMs: 1 },
    });
    const error = await refusal(github.pullRequest(7));
    assert.deepEqual([error.status, error.retryable], [0, true]);
    assert.match(error.message, /^GitHub gave no answer while reading pull request 7: .*ECONNREFUSED/);
    assert.match(error.hint ?? '', /GITHUB_API_URL/);
    assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /secretToken/);
  });

  test('a server that never answers is left after the timeout', async () => {
    fake.fault({ times: 3, answer: 'hang' });
    const error = await refusal(client(fake.token(), { timeoutMs: 100 }).pullRequest(7));
    assert.deepEqual([error.status, error.retryable], [0, true]);
    assert.equal(fake.requests.length, 3);
  });

  test('a cancelled job is not kept waiting', async () => {
    fake.fault({ answer: 'hang' });
    const controller = new AbortController();
    const github = createGitHub({
      token: new Secret(fake.token()),
      environment: fake.environment,
      onNotice: () => {},
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 50);
    await assert.rejects(github.pullRequest(7), (error) => error === controller.signal.reason);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === 'object' && address !== null);
  return address.port;
}

describe('createGitHub', () => {
  const wrong: readonly [Record<string, string | undefined>, string, RegExp][] = [
    [{ GITHUB_API_URL: undefined }, 'ghs_x', /^GITHUB_API_URL is not set/],
    [{ GITHUB_API_URL: 'file:///etc/passwd' }, 'ghs_x', /not an http or https address/],
    [{ GITHUB_REPOSITORY: undefined }, 'ghs_x', /^GITHUB_REPOSITORY is not set/],
    [{ GITHUB_REPOSITORY: 'a/b/../c' }, 'ghs_x', /not of the form owner\/name/],
    [{}, '', /There is no GitHub token/],
  ];
  for (const [changes, token, message] of wrong) {
    test(`refuses ${JSON.stringify(changes)} with token "${token}"`, () => {
      const environment = { ...fake.environment, ...changes };
      assert.throws(
        () => createGitHub({ token: new Secret(token), environment, onNotice: () => {} }),
        (error) => error instanceof UserError && message.test(error.message),
      );
    });
  }
});
