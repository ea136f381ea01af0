/** The fake must be able to say no, or what passes on it proves nothing. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type FakeGitHub, startFakeGitHub } from './fake-github.ts';
import { secondaryLimit } from './fake-github-refusals.ts';
import { requestProblems, responseProblems } from './github-schema.ts';

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub({ pulls: [{}, { number: 8, state: 'closed' }] });
});
afterEach(() => fake.close());

const SHOP = '/repos/tidewater/shop';
const COMMENTS = `${SHOP}/issues/7/comments`;

type Reply = { readonly status: number; readonly headers: Headers; readonly body: unknown };
type Ask = { readonly method?: string; readonly body?: unknown; readonly token?: string };

async function ask(path: string, { method = 'GET', body, token = fake.token() }: Ask = {}): Promise<Reply> {
  const response = await fetch(path.startsWith('http') ? path : fake.url + path, {
    method,
    headers: { 'user-agent': 'test', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function talk(count: number): void {
  for (let index = 1; index <= count; index += 1) {
    fake.comment({ issue: 7, author: 'robin', body: `Remark ${index}` });
  }
}

describe('wrong requests are answered 422 and recorded', () => {
  const wrong: readonly [string, string, Ask, RegExp][] = [
    [
      'a comment without body',
      COMMENTS,
      { method: 'POST', body: {} },
      /body: \/ must have required property 'body'/,
    ],
    [
      'a comment whose body is a number',
      COMMENTS,
      { method: 'POST', body: { body: 7 } },
      /body: \/body must be string/,
    ],
    [
      'a misspelt field',
      COMMENTS,
      { method: 'POST', body: { body: 'x', boddy: 'y' } },
      /body field boddy is unknown/,
    ],
    ['no body at all', COMMENTS, { method: 'POST' }, /body: \/ must be object/],
    ['a misspelt query parameter', `${COMMENTS}?perpage=100`, {}, /query parameter perpage is unknown/],
    ['a page that is no number', `${COMMENTS}?page=two`, {}, /parameter page: \/ must be integer/],
    [
      'a pull request that is no number',
      `${SHOP}/pulls/seven`,
      {},
      /parameter pull_number: \/ must be integer/,
    ],
    [
      'an unknown state',
      `${SHOP}/pulls?state=merged`,
      {},
      /parameter state: \/ must be equal to one of the allowed values/,
    ],
    [
      'more than 50 annotations',
      `${SHOP}/check-runs`,
      { method: 'POST', body: checkRun(51) },
      /\/output\/annotations must NOT have more than 50 items/,
    ],
  ];
  for (const [title, path, question, problem] of wrong) {
    test(title, async () => {
      const token = fake.token({ 'pull-requests': 'write', checks: 'write' });
      assert.equal((await ask(path, { ...question, token })).status, 422);
      assert.equal(fake.problems.length, 1);
      assert.match(fake.problems[0] ?? '', problem);
      assert.deepEqual(fake.repository.comments, []);
    });
  }

  test('a call outside of the slice is 404 and recorded', async () => {
    assert.equal((await ask(`${SHOP}/labels`)).status, 404);
    assert.deepEqual(fake.problems, ['no such operation: GET /repos/tidewater/shop/labels']);
  });
});

function checkRun(annotations: number) {
  const annotation = {
    path: 'a.sql',
    start_line: 1,
    end_line: 1,
    annotation_level: 'failure',
    message: 'm',
  };
  return {
    name: 'lint',
    head_sha: 'c'.repeat(40),
    output: { title: 't', summary: 's', annotations: Array.from({ length: annotations }, () => annotation) },
  };
}

describe('its own answers are held against the description', () => {
  test('a wrong answer is recorded', async () => {
    const [comment] = [fake.comment({ issue: 7, author: 'robin', body: 'x' })];
    fake.repository.comments[0] = { ...comment, createdAt: 'yesterday' };
    await ask(COMMENTS);
    assert.match(
      fake.problems.join('\n'),
      /answer issues\/list-comments 200: .*created_at must match format "date-time"/,
    );
  });

  test('the validators say no by themselves', () => {
    assert.deepEqual(responseProblems('issues/create-comment', 200, {}), ['status 200 is not described']);
    assert.deepEqual(responseProblems('issues/delete-comment', 204, {}), ['a body where none belongs']);
    assert.deepEqual(responseProblems('pulls/get', 403, { message: 5 }), ['/message must be string']);
    const call = { operation: 'pulls/get', parameters: { owner: 'a', repo: 'b', pull_number: '1' } };
    assert.deepEqual(requestProblems(call, new URLSearchParams(), undefined), []);
    assert.deepEqual(requestProblems(call, new URLSearchParams(), {}), ['a body where none belongs']);
  });
});

describe('pages', () => {
  test('30 entries unless asked for more, at most 100, linked by the number of the repository', async () => {
    talk(131);
    const first = await ask(COMMENTS);
    assert.equal((first.body as unknown[]).length, 30);
    const base = `${fake.url}/repositories/${fake.repository.id}/issues/7/comments`;
    assert.equal(first.headers.get('link'), `<${base}?page=2>; rel="next", <${base}?page=5>; rel="last"`);

    const most = await ask(`${COMMENTS}?per_page=1000&page=2`);
    assert.equal((most.body as unknown[]).length, 31);
    const query = '?per_page=1000&page=1';
    assert.equal(most.headers.get('link'), `<${base}${query}>; rel="prev", <${base}${query}>; rel="first"`);

    const followed = await ask(`${base}?page=5`);
    assert.equal((followed.body as unknown[]).length, 11);
    assert.equal(followed.headers.get('link')?.includes('next'), false);
    assert.deepEqual(fake.problems, []);
  });
});

describe('refusals in GitHub’s words', () => {
  const link = 'https://docs.github.com/rest/issues/comments#create-an-issue-comment';

  test('a comment over 65,536 characters', async () => {
    const { status, body } = await ask(COMMENTS, { method: 'POST', body: { body: 'x'.repeat(65_537) } });
    assert.equal(status, 422);
    assert.deepEqual(body, {
      message: 'Validation Failed',
      errors: [
        {
          resource: 'IssueComment',
          code: 'unprocessable',
          field: 'data',
          message: 'Body is too long (maximum is 65536 characters)',
        },
      ],
      documentation_url: link,
      status: '422',
    });
    const full = await ask(COMMENTS, { method: 'POST', body: { body: 'x'.repeat(65_536) } });
    assert.equal(full.status, 201);
    assert.deepEqual(fake.problems, []);
  });

  test('a token that may only read, one that may nothing, and what is public', async () => {
    const write = { method: 'POST', body: { body: 'x' } };
    const reader = fake.token({ 'pull-requests': 'read' });
    const refused = await ask(COMMENTS, { ...write, token: reader });
    assert.equal(refused.status, 403);
    assert.deepEqual(refused.body, {
      message: 'Resource not accessible by integration',
      documentation_url: link,
      status: '403',
    });
    assert.equal((await ask(COMMENTS, { token: reader })).status, 200);
    const nothing = fake.token({});
    assert.equal((await ask(COMMENTS, { token: nothing })).status, 403);
    Object.assign(fake.repository, { private: false });
    assert.equal((await ask(COMMENTS, { token: nothing })).status, 200);
    assert.equal((await ask(COMMENTS, { ...write, token: nothing })).status, 403);
    assert.deepEqual(fake.repository.comments, []);
  });

  test('no token and an unknown one', async () => {
    const none = await ask(COMMENTS, { token: '' });
    assert.deepEqual(
      [none.status, (none.body as { message: string }).message],
      [401, 'Requires authentication'],
    );
    const unknown = await ask(COMMENTS, { token: 'ghp_x' });
    assert.deepEqual(
      [unknown.status, (unknown.body as { message: string }).message],
      [401, 'Bad credentials'],
    );
  });

  test('GET /user is for people', async () => {
    assert.equal((await ask('/user')).status, 403);
    const { status, body } = await ask('/user', { token: fake.token({}, { login: 'robin' }) });
    assert.deepEqual([status, (body as { login: string }).login], [200, 'robin']);
    assert.deepEqual(fake.problems, []);
  });
});

describe('limits', () => {
  test('the primary limit counts down and then refuses', async () => {
    fake.state.rate.remaining = 1;
    const last = await ask(COMMENTS);
    assert.deepEqual([last.status, last.headers.get('x-ratelimit-remaining')], [200, '0']);
    const refused = await ask(COMMENTS);
    assert.equal(refused.status, 403);
    assert.match((refused.body as { message: string }).message, /^API rate limit exceeded/);
    assert.ok(Number(refused.headers.get('x-ratelimit-reset')) > Date.now() / 1000);
  });

  test('the secondary limit hits as many matching requests as it is told to', async () => {
    fake.fault({ method: 'POST', path: /comments$/, times: 1, answer: secondaryLimit(7, 429) });
    assert.equal((await ask(COMMENTS)).status, 200);
    const refused = await ask(COMMENTS, { method: 'POST', body: { body: 'x' } });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '7']);
    assert.equal((await ask(COMMENTS, { method: 'POST', body: { body: 'x' } })).status, 201);
    assert.equal(fake.repository.comments.length, 1);
  });
});

describe('what happens stays', () => {
  test('comments are created, edited and deleted; the log tells who did what', async () => {
    const created = await ask(COMMENTS, { method: 'POST', body: { body: 'one' } });
    const { id } = created.body as { id: number };
    const path = `${SHOP}/issues/comments/${id}`;
    assert.equal((await ask(path, { method: 'PATCH', body: { body: 'two' } })).status, 200);
    assert.equal(((await ask(path)).body as { body: string }).body, 'two');
    assert.equal((await ask(path, { method: 'DELETE' })).status, 204);
    assert.equal((await ask(path)).status, 404);
    assert.deepEqual(fake.calls(), [
      'issues/create-comment',
      'issues/update-comment',
      'issues/get-comment',
      'issues/delete-comment',
      'issues/get-comment',
    ]);
    assert.deepEqual(
      fake.requests.map(({ status, login }) => [status, login]),
      [201, 200, 200, 204, 404].map((status) => [status, 'github-actions[bot]']),
    );
    assert.deepEqual(fake.problems, []);
  });

  test('pull requests are listed by state, head and base', async () => {
    const numbers = async (query: string) =>
      ((await ask(`${SHOP}/pulls${query}`)).body as { number: number }[]).map(({ number }) => number);
    assert.deepEqual(await numbers(''), [7]);
    assert.deepEqual(await numbers('?state=all'), [8, 7]);
    assert.deepEqual(await numbers('?state=all&head=tidewater:index-orders&base=main&direction=asc'), [7, 8]);
    assert.deepEqual(await numbers('?base=release'), []);
    assert.deepEqual(fake.problems, []);
  });

  test('folders list their entries', async () => {
    fake.repository.files.main = { 'db/one.sql': 'select 1;', 'db/more/two.sql': '' };
    const { body } = await ask(`${SHOP}/contents/db?ref=main`);
    assert.deepEqual(
      (body as { path: string; type: string }[]).map(({ path, type }) => [path, type]),
      [
        ['db/one.sql', 'file'],
        ['db/more', 'dir'],
      ],
    );
    assert.deepEqual(fake.problems, []);
  });

  test('a check run gathers its annotations over several calls', async () => {
    const token = fake.token({ checks: 'write' });
    const created = await ask(`${SHOP}/check-runs`, { method: 'POST', body: checkRun(50), token });
    assert.equal(created.status, 201);
    const { id } = created.body as { id: number };
    const { output } = checkRun(3);
    const body = { conclusion: 'failure', output };
    const updated = await ask(`${SHOP}/check-runs/${id}`, { method: 'PATCH', body, token });
    const { conclusion, name, output: shown } = updated.body as Record<string, { annotations_count: number }>;
    assert.deepEqual(
      [updated.status, conclusion, name, shown?.annotations_count],
      [200, 'failure', 'lint', 53],
    );
    assert.equal((await ask(`${SHOP}/check-runs/1`, { method: 'PATCH', body, token })).status, 404);
    assert.deepEqual(fake.problems, []);
  });
});

describe('what is marked on a commit or said on a line', () => {
  test('a description of 141 characters is refused, one of 140 is not', async () => {
    const token = fake.token({ statuses: 'write' });
    const path = `${SHOP}/statuses/${'a'.repeat(40)}`;
    const status = (length: number) => ({ state: 'success', description: 'x'.repeat(length) });
    assert.equal((await ask(path, { method: 'POST', body: status(141), token })).status, 422);
    assert.equal((await ask(path, { method: 'POST', body: status(140), token })).status, 201);
    assert.deepEqual(fake.problems, []);
  });

  test('a review with one comment outside of the diff is refused whole', async () => {
    const patch = '@@ -1,2 +1,3 @@\n a\n+b\n c\n@@ -9 +10,2 @@\n d\n+e';
    const pull = fake.repository.pulls.get(7);
    assert.ok(pull);
    Object.assign(pull, { files: [{ path: 'a.sql', status: 'modified', patch }] });
    const review = (...places: readonly object[]) => ({
      event: 'COMMENT',
      body: 'x',
      comments: places.map((place) => ({ path: 'a.sql', body: 'y', side: 'RIGHT', ...place })),
    });
    const post = async (body: object) =>
      (await ask(`${SHOP}/pulls/7/reviews`, { method: 'POST', body })).status;
    for (const place of [
      { line: 4 },
      { start_line: 2, start_side: 'RIGHT', line: 10 },
      { path: 'b.sql', line: 1 },
    ])
      assert.equal(await post(review({ line: 1 }, place)), 422);
    assert.equal(await post({ ...review({ line: 1 }), body: '' }), 422);
    assert.equal(fake.repository.lineComments.length, 0);
    assert.equal(await post(review({ line: 1 }, { start_line: 10, start_side: 'RIGHT', line: 11 })), 200);
    assert.equal(fake.repository.lineComments.length, 2);
    assert.deepEqual(fake.problems, []);
  });
});
