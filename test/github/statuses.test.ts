import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitHubError } from '../../src/errors.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import type { StatusRequest } from '../../src/github/statuses.ts';
import { Secret } from '../../src/secret.ts';
import { HEAD_SHA } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub();
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

function client(token = fake.token({ statuses: 'write' })): GitHub {
  const { environment } = fake;
  return createGitHub({ token: new Secret(token), environment, onNotice: () => {}, limits: { secondMs: 1 } });
}

const runAt = (id: string, attempt = 1): StatusRequest['run'] => ({
  id,
  attempt,
  url: `https://github.com/tidewater/shop/actions/runs/${id}`,
});

function request(changes: Partial<StatusRequest> = {}): StatusRequest {
  return {
    sha: HEAD_SHA,
    context: 'pullgres',
    state: 'success',
    description: 'Ready to merge',
    run: runAt('100'),
    ...changes,
  };
}

const states = () => fake.repository.statuses.map(({ context, state }) => `${context} ${state}`);

describe('writeStatus', () => {
  test('takes two calls, on the given commit, and leads to the run’s attempt', async () => {
    assert.deepEqual(await client().writeStatus(request({ run: runAt('100', 3) })), { outcome: 'written' });
    assert.deepEqual(fake.calls(), ['repos/get-combined-status-for-ref', 'repos/create-commit-status']);
    const [status] = fake.repository.statuses;
    assert.deepEqual(
      [status?.sha, status?.targetUrl, status?.description],
      [HEAD_SHA, 'https://github.com/tidewater/shop/actions/runs/100/attempts/3', 'Ready to merge'],
    );
  });

  test('an older run never overwrites a later one; a re-run and a later one do', async () => {
    await client().writeStatus(request({ state: 'failure' }));
    const late = await client().writeStatus(request({ run: runAt('99', 8) }));
    assert.deepEqual(late, {
      outcome: 'skipped',
      reason: 'The later run 100, attempt 1, has already written it.',
    });
    assert.deepEqual(states(), ['pullgres failure']);
    await client().writeStatus(request({ run: runAt('100', 2) }));
    await client().writeStatus(request({ run: runAt('1000'), state: 'error' }));
    assert.deepEqual(states(), ['pullgres failure', 'pullgres success', 'pullgres error']);
  });

  test('another context, another commit or somebody’s own status is nothing to yield to', async () => {
    await client().writeStatus(request({ context: 'pullgres/orders', run: runAt('900') }));
    await client().writeStatus(request({ sha: 'e'.repeat(40), run: runAt('900') }));
    fake.repository.statuses.push({
      id: 1,
      sha: HEAD_SHA,
      context: 'pullgres',
      state: 'failure',
      description: null,
      targetUrl: 'https://ci.example/900',
      author: 'robin',
      createdAt: '2026-01-01T00:00:00Z',
    });
    assert.equal((await client().writeStatus(request())).outcome, 'written');
  });

  test('a token that may not is told which permission is missing', async () => {
    const error = await client(fake.token({ statuses: 'read' }))
      .writeStatus(request())
      .catch((one) => one);
    assert.ok(error instanceof GitHubError && error.status === 403);
    assert.match(error.hint ?? '', /permissions: \{ statuses: write \}/);
  });
});
