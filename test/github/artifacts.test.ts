import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { GitHubError } from '../../src/errors.ts';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import { Secret } from '../../src/secret.ts';
import { FORK, SHOP } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { zipOf } from '../support/zips.ts';

const RUN = 41;
const request = { runId: String(RUN), name: 'pullgres', file: 'evidence.json', maximumBytes: 1_048_576 };
let fake: FakeGitHub;
before(async () => {
  fake = await startFakeGitHub({ pulls: [{ headRepository: FORK, headRef: 'x&state=all#y' }] });
});
after(() => fake.close());
beforeEach(() => {
  fake.repository.artifacts = [];
  fake.requests.length = 0;
});

const client = (permissions: object = { actions: 'read', 'pull-requests': 'read' }): GitHub =>
  createGitHub({
    token: new Secret(fake.token(permissions)),
    environment: fake.environment,
    onNotice: () => {},
    limits: { secondMs: 1, timeoutMs: 500 },
  });
const leave = (content: string, changes: object = {}) =>
  fake.artifact({ runId: RUN, archive: zipOf([{ content }]), ...changes });

test('the newest of the name, of this run, whatever page it is on; the token stays with the API', async () => {
  for (let index = 0; index < 120; index += 1) leave('old', { createdAt: '2026-01-15T09:00:00Z' });
  leave('new', { createdAt: '2026-01-15T10:00:00Z' });
  leave('of another run', { runId: 42, createdAt: '2026-01-15T11:00:00Z' });
  leave('of another name', { name: 'pullgres-2', createdAt: '2026-01-15T11:00:00Z' });
  leave('expired', { expired: true, createdAt: '2026-01-15T11:00:00Z' });
  leave('younger by id', { createdAt: '2026-01-15T10:00:00Z' });
  assert.deepEqual(await client().artifactFile(request), { kind: 'file', text: 'younger by id' });
  assert.deepEqual(fake.problems, []);
});

test('no artifact, only an expired one, and one that goes meanwhile are missing', async () => {
  assert.deepEqual(await client().artifactFile(request), { kind: 'missing' });
  leave('x', { expired: true });
  assert.deepEqual(await client().artifactFile(request), { kind: 'missing' });
  leave('x');
  fake.fault({ path: /\/zip$/, answer: { status: 410, body: { message: 'Artifact has expired' } } });
  assert.deepEqual(await client().artifactFile(request), { kind: 'missing' });
});

test('the size is believed only when it is too large', async () => {
  leave('x', { size: 1_048_577 });
  assert.equal((await client().artifactFile(request)).kind, 'refused');
  assert.deepEqual(fake.calls(), ['actions/list-workflow-run-artifacts']);
  leave('x', { size: 1, archive: Buffer.alloc(9_000_000) });
  assert.deepEqual(await client().artifactFile(request), {
    kind: 'refused',
    why: 'The artifact is larger than 1 MiB.',
  });
});

test('a storage that fails, hangs or breaks off is asked again, then named without its address', async () => {
  leave('x');
  for (const answer of [{ status: 502, body: {} }, 'drop', 'hang'] as const) {
    fake.fault({ path: /^\/storage/, answer });
    assert.equal((await client().artifactFile(request)).kind, 'file');
    fake.fault({ path: /^\/storage/, answer, times: 3 });
    await assert.rejects(
      client().artifactFile(request),
      (error) =>
        error instanceof GitHubError &&
        !/signature|127/.test(`${error.message} ${error.hint} ${error.cause}`),
    );
  }
});

test('a missing permission is named', async () => {
  await assert.rejects(client({}).artifactFile(request), (error: GitHubError) =>
    /actions: read/.test(error.hint ?? ''),
  );
});

test('the pull requests of a branch are those of its very repository, however the branch is called', async () => {
  const head = { repositoryId: FORK.id, owner: 'marlow', branch: 'x&state=all#y' };
  const [found] = await client().headPullRequests(SHOP.id, head);
  assert.deepEqual([found?.number, found?.open], [7, true]);
  assert.deepEqual(await client().headPullRequests(SHOP.id, { ...head, repositoryId: 3 }), []);
  assert.deepEqual(await client().headPullRequests(1, head), []);
  const pull = fake.repository.pulls.get(7);
  assert.ok(pull);
  fake.repository.pulls.set(7, { ...pull, state: 'closed' });
  assert.deepEqual(
    (await client().headPullRequests(SHOP.id, head)).map(({ open }) => open),
    [false],
  );
});
