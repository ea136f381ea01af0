import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitHubError } from '../../src/errors.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import { Secret } from '../../src/secret.ts';
import { pullSpec } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { secondaryLimit } from '../support/fake-github-refusals.ts';
import type { Fault } from '../support/fake-github-server.ts';
import { pullSimpleShape } from '../support/github-pull-shapes.ts';

let fake: FakeGitHub;

beforeEach(async () => {
  fake = await startFakeGitHub();
  fake.repository.pulls.clear();
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

function opened(count: number): readonly number[] {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  for (const number of numbers) fake.repository.pulls.set(number, pullSpec({ number }));
  return numbers;
}

function client(): GitHub {
  return createGitHub({
    token: new Secret(fake.token()),
    environment: fake.environment,
    onNotice: () => {},
    limits: { secondMs: 1, retries: 1, timeoutMs: 2_000, waitSeconds: 5 },
  });
}

const ask = () => client().openPullRequests(fake.repository.id);

describe('openPullRequests', () => {
  for (const [open, calls] of [
    [0, 1],
    [1, 1],
    [99, 1],
    [100, 2],
    [101, 2],
    [205, 3],
  ] as const) {
    test(`${open} open ones: ${calls} calls`, async () => {
      const numbers = opened(open);
      fake.repository.pulls.set(900, pullSpec({ number: 900, state: 'closed' }));
      assert.deepEqual(await ask(), { numbers: new Set(numbers), pages: calls });
      assert.deepEqual(
        fake.calls(),
        Array.from({ length: calls }, () => 'pulls/list'),
      );
    });
  }

  test('a full page without a link to the next one is not believed to be the last', async () => {
    opened(150);
    const page = [...fake.repository.pulls.values()].slice(0, 100);
    const host = { api: fake.url, web: fake.url };
    const body = page.map((pull) => pullSimpleShape(host, fake.repository, pull));
    fake.fault({ answer: { status: 200, body } });
    assert.equal((await ask()).numbers.size, 150);
  });

  test('a page that is not full but has a next one is not the last', async () => {
    opened(3);
    const link = `<${fake.url}/x?page=2>; rel="next"`;
    fake.fault({ answer: { status: 200, body: [], headers: { link } } });
    fake.repository.pulls.set(7, pullSpec());
    const { pages } = await ask();
    assert.equal(pages, 2);
  });

  const shape = () => pullSimpleShape({ api: fake.url, web: fake.url }, fake.repository, pullSpec());
  const answers: readonly [string, () => Fault['answer'], number][] = [
    ['401', () => ({ status: 401, body: { message: 'Bad credentials' } }), 401],
    ['403', () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }), 403],
    ['a secondary limit', () => secondaryLimit(900), 403],
    ['429', () => secondaryLimit(900, 429), 429],
    ['404', () => ({ status: 404, body: { message: 'Not Found' } }), 404],
    ['409', () => ({ status: 409, body: { message: 'Conflict' } }), 409],
    ['422', () => ({ status: 422, body: { message: 'Validation Failed' } }), 422],
    ['500', () => ({ status: 500, body: { message: 'Server Error' } }), 500],
    ['half a page', () => 'cut', 0],
    ['no answer', () => 'hang', 0],
    ['a page that is no list', () => ({ status: 200, body: { welcome: 'log in' } }), 200],
    ['a closed one among the open', () => ({ status: 200, body: [{ ...shape(), state: 'closed' }] }), 200],
    ['another repository’s', () => ({ status: 200, body: [{ ...shape(), base: { repo: { id: 1 } } }] }), 200],
  ];
  for (const [what, answer, status] of answers) {
    test(`${what} on the second page is an error, not a shorter list`, async () => {
      opened(150);
      fake.fault({ skip: 1, times: 9, answer: answer() });
      await assert.rejects(ask(), (error: unknown) => {
        assert.ok(error instanceof GitHubError, String(error));
        assert.equal(error.status, status);
        return true;
      });
    });
  }
});
