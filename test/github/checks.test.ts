import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { GitHubError } from '../../src/errors.ts';
import type { CheckAnnotation, CheckRequest } from '../../src/github/checks.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
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

function client(token = fake.token({ checks: 'write' })): GitHub {
  const { environment } = fake;
  return createGitHub({ token: new Secret(token), environment, onNotice: () => {}, limits: { secondMs: 1 } });
}

const runAt = (id: string, attempt = 1): CheckRequest['run'] => ({
  id,
  attempt,
  url: `https://github.com/tidewater/shop/actions/runs/${id}`,
});

const annotations = (count: number, message = 'Locks'): CheckAnnotation[] =>
  Array.from({ length: count }, (_, index) => ({
    path: 'a.sql',
    start_line: index + 1,
    end_line: index + 1,
    annotation_level: 'failure',
    title: 'create-index-blocking',
    message,
  }));

function request(changes: Partial<CheckRequest> = {}): CheckRequest {
  return {
    sha: HEAD_SHA,
    name: 'Pullgres verdict',
    conclusion: 'failure',
    title: 'Do not merge yet',
    summary: '### Do not merge yet',
    annotations: annotations(1),
    run: runAt('100'),
    ...changes,
  };
}

const checks = () =>
  [...fake.state.checkRuns.values()].map(({ fields, annotations: all }) => [fields.conclusion, all.length]);

describe('writeCheck', () => {
  test('is completed with its first request; annotations follow by fifty', async () => {
    const { outcome, url } = await client().writeCheck(request({ annotations: annotations(120) }));
    assert.equal(outcome, 'created');
    assert.match(url ?? '', /\/runs\/\d+$/);
    assert.deepEqual(fake.calls(), [
      'checks/list-for-ref',
      'checks/create',
      'checks/update',
      'checks/update',
    ]);
    assert.deepEqual(checks(), [['failure', 120]]);
    assert.deepEqual(
      fake.requests.slice(1).map(({ body }) => (body as { conclusion?: string }).conclusion),
      ['failure', 'failure', 'failure'],
    );
  });

  test('a re-run with the same annotations, or none before, rewrites its check', async () => {
    const first = await client().writeCheck(request());
    const measured = annotations(1, 'Locks for 4 ms');
    const again = await client().writeCheck(
      request({ run: runAt('100', 2), title: 'Still not', annotations: measured }),
    );
    assert.deepEqual(again, { outcome: 'updated', url: first.url });
    assert.deepEqual(checks(), [['failure', 1]]);
    const [check] = fake.state.checkRuns.values();
    assert.match(String(check?.fields.external_id), /run=100 attempt=2 /);

    const green = { name: 'other', conclusion: 'success', annotations: [] } as const;
    await client().writeCheck(request(green));
    await client().writeCheck(request({ name: 'other', run: runAt('101') }));
    assert.deepEqual(checks(), [
      ['failure', 1],
      ['failure', 1],
    ]);
  });

  test('annotations that no longer hold are left with the old check: a new one takes its place', async () => {
    await client().writeCheck(request());
    const { outcome } = await client().writeCheck(
      request({ run: runAt('101'), conclusion: 'success', annotations: [] }),
    );
    assert.equal(outcome, 'created');
    assert.deepEqual(checks(), [
      ['failure', 1],
      ['success', 0],
    ]);
  });

  test('an older run never overwrites a later one', async () => {
    await client().writeCheck(request());
    const late = await client().writeCheck(request({ run: runAt('99'), conclusion: 'success' }));
    assert.equal(late.outcome, 'skipped');
    assert.match(late.reason ?? '', /The later run 100, attempt 1,/);
    assert.deepEqual(checks(), [['failure', 1]]);
  });

  test('a job of the same name is not taken for it, and another app’s check is let be', async () => {
    const job = {
      head_sha: HEAD_SHA,
      name: 'Pullgres verdict',
      external_id: 'ca395085-040a',
      status: 'completed',
    };
    const common = { repositoryId: fake.repository.id, annotations: [] };
    fake.state.checkRuns.set(1, { ...common, id: 1, login: 'github-actions[bot]', fields: job });
    const mark = 'pullgres run=90 attempt=1 annotations=0123456789abcdef';
    const theirs = { ...job, external_id: mark, conclusion: 'success' };
    fake.state.checkRuns.set(2, { ...common, id: 2, login: 'acme-app[bot]', fields: theirs });
    assert.equal((await client().writeCheck(request())).outcome, 'created');
    assert.deepEqual(
      [...fake.state.checkRuns.values()].map(({ fields }) => fields.conclusion),
      [undefined, 'success', 'failure'],
    );
  });

  test('a token that may not is told which permission is missing', async () => {
    const error = await client(fake.token({ checks: 'read' }))
      .writeCheck(request())
      .catch((one) => one);
    assert.ok(error instanceof GitHubError && error.status === 403);
    assert.match(error.hint ?? '', /permissions: \{ checks: write \}/);
  });
});
