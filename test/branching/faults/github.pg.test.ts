/** GitHub refuses, stalls or breaks off in the middle of what is done to branches. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Branch } from '../../../src/branching/provider.ts';
import { onBranch } from '../../../src/operations/on-branch.ts';
import { teardown } from '../../../src/operations/teardown.ts';
import { type FakeGitHub, startFakeGitHub } from '../../support/fake-github.ts';
import { secondaryLimit } from '../../support/fake-github-refusals.ts';
import type { Fault } from '../../support/fake-github-server.ts';
import type { PullSpec } from '../../support/github-pull-shapes.ts';
import { ask } from '../sql-conformance.ts';
import { leaks, left, survey, unsettled, within } from './invariants.ts';
import { type JobOptions, openJob } from './job.ts';
import { type Stage, startStage } from './stage.ts';

let stage: Stage;
let folder: string;
before(async () => {
  [stage, folder] = await Promise.all([startStage(), mkdtemp(join(tmpdir(), 'pullgres-test-job-'))]);
});
after(async () => {
  await stage?.server.stop();
  await rm(folder, { recursive: true, force: true });
});

const says = (status: number, message: string) => ({
  status,
  body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
});

const FAULTS: Readonly<Record<string, Fault['answer']>> = {
  '401': says(401, 'Bad credentials'),
  '403': says(403, 'Resource not accessible by integration'),
  '404': says(404, 'Not Found'),
  '409': says(409, 'Conflict'),
  '422': says(422, 'Validation Failed'),
  '429': secondaryLimit(1, 429),
  '500': says(500, 'Server Error'),
  '502 as HTML': { status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } },
  'half an answer': 'cut',
  'no answer': 'hang',
  'a cut connection': 'drop',
};

type Scene = {
  readonly github: FakeGitHub;
  readonly pull: PullSpec;
  readonly fail: (answer: Fault['answer']) => void;
};

let number = 40;

async function withGitHub(work: (scene: Scene) => Promise<void>): Promise<void> {
  number += 1;
  const github = await startFakeGitHub({ pulls: [{ number }] });
  const pull = github.repository.pulls.get(number);
  assert.ok(pull);
  try {
    await work({ github, pull, fail: (answer) => github.fault({ answer, times: 1_000 }) });
  } finally {
    await github.close();
  }
}

const scope = ({ github, pull }: Scene) => ({
  repositoryId: github.repository.id,
  subject: { kind: 'pull-request' as const, number: pull.number },
});

/** One run of the job that makes a branch; gives it, and what the job said. */
async function run(scene: Scene, more: Partial<JobOptions> = {}) {
  const { github, pull } = scene;
  const job = openJob(stage, { github, pull, action: 'synchronize', folder, ...more });
  const options = {
    serverUrl: job.serverUrl,
    postgresVersion: undefined,
    postgresDirectory: undefined,
    baseline: stage.baselineId,
    fresh: false,
  };
  let branch: Branch | undefined;
  await onBranch(
    job.world,
    { setting: job.setting, loaded: job.loaded, plan: undefined },
    options,
    async (open) => {
      branch = open.branch;
    },
  );
  assert.deepEqual(leaks(job.said(), stage.secrets), []);
  return { branch, said: job.said() };
}

async function close(scene: Scene) {
  const { github, pull } = scene;
  Object.assign(pull, { state: 'closed' });
  const job = openJob(stage, { github, pull, action: 'closed', folder });
  const torn = await teardown(job.world, job.setting, { serverUrl: job.serverUrl, key: 'pullgres' });
  assert.deepEqual(leaks(job.said(), stage.secrets), []);
  return torn;
}

const whole = async (scene: Scene) => unsettled(within(await survey(stage.admin), scope(scene)));
const remains = async (scene: Scene) => left(within(await survey(stage.admin), scope(scene)));

for (const [name, answer] of Object.entries(FAULTS)) {
  test(`GitHub gives ${name}: one whole branch that keeps its rows from run to run, and closing takes it away`, () =>
    withGitHub(async (scene) => {
      scene.fail(answer);
      const first = (await run(scene)).branch;
      assert.ok(first);
      await ask(await stage.provider.connect(first), 'CREATE TABLE mine ()');
      const second = (await run(scene)).branch;
      assert.equal(second?.labels.createdAt, first.labels.createdAt);
      assert.equal((await ask(await stage.provider.connect(first), 'SELECT FROM mine')).length, 0);
      assert.deepEqual(await whole(scene), []);
      assert.equal((await close(scene)).removed, true);
      assert.deepEqual(await remains(scene), []);
    }));
}

test('slow answers change nothing', () =>
  withGitHub(async (scene) => {
    scene.github.setLatency(300);
    assert.ok((await run(scene)).branch);
    Object.assign(scene.pull, { state: 'closed' });
    const late = await run(scene);
    assert.equal(late.branch, undefined);
    assert.match(late.said, /is closed; no branch is made/);
    assert.equal((await close(scene)).removed, true);
    assert.deepEqual(await remains(scene), []);
  }));
