import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { sweepSchema } from '../../src/evidence/sweep-schema.ts';
import { pullSpec } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { createJob } from '../support/runner-harness.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';

const HOUR = 3_600_000;
const name = (number: number) => `pullgres_512000001_pr_${number}`;
let server: TeamServer;
let github: FakeGitHub;
let next = 7_000_000_000;

before(async () => {
  [server, github] = await Promise.all([startTeamServer(), startFakeGitHub()]);
  const provider = createPostgresProvider({ facts: server.admin, now: () => new Date() });
  await provider.ensureBaseline(
    { id: 'base', kind: 'schema', createdAt: new Date().toISOString() },
    async () => {},
  );
  for (const number of [1, 2, 3, 4]) {
    const state = number === 1 ? 'closed' : 'open';
    if (number < 4) github.repository.pulls.set(number, pullSpec({ number, state }));
    await provider.create({
      identity: { repositoryId: github.repository.id, subject: { kind: 'pull-request', number } },
      baselineId: 'base',
      headSha: 'a'.repeat(40),
      baseRef: 'main',
      expiresAt: new Date(Date.now() + (number === 3 ? -3 : 24) * HOUR).toISOString(),
    });
  }
});
after(() => github.close());

async function run(event: string, inputs: Record<string, string> = {}) {
  next += 1;
  const job = createJob({
    event: { name: event, payload: event === 'schedule' ? { schedule: '17 * * * *' } : {} },
    github: { api_url: github.url },
    environment: { ...github.environment, GITHUB_RUN_ID: String(next) },
    token: github.token(),
    secrets: [server.password, server.url],
  });
  try {
    const step = await job.step({
      action: resolve(import.meta.dirname, '../../actions/sweep'),
      with: { 'server-url': server.url, ...inputs },
    });
    const path = step.outputs['evidence-path'];
    const text = path === undefined ? undefined : await readFile(path, 'utf8');
    const slow = /^The step (?:did not end by itself: |took )\d+ ms/;
    assert.deepEqual(
      step.problems.filter((problem) => !slow.test(problem)),
      [],
      step.rawLog,
    );
    assert.deepEqual(github.problems, []);
    for (const secret of [server.password, server.url]) {
      assert.ok(!`${text}${step.summary}`.includes(secret), 'a secret in the evidence or the summary');
    }
    return { ...step, record: text === undefined ? undefined : sweepSchema.parse(JSON.parse(text)) };
  } finally {
    await job.finish();
  }
}

test('the first sweep, on its schedule, shows its plan and changes nothing', async () => {
  const { exitCode, outputs, log, summary, record } = await run('schedule');
  assert.equal(exitCode, 0, log);
  assert.deepEqual([outputs.deleted, outputs.planned, outputs.kept], ['0', '3', '1']);
  assert.equal(record?.mode, 'plan');
  assert.match(summary, /would remove 3.*first sweep of this repository/s);
  assert.equal((await server.branches()).length, 4);
});

test('GitHub fails: nothing goes, and the job is red with its evidence', async () => {
  github.fault({ path: /\/pulls$/, times: 1, answer: { status: 403, body: { message: 'Forbidden' } } });
  const { exitCode, outputs, log, record } = await run('schedule');
  assert.equal(exitCode, 1, log);
  assert.deepEqual([outputs.deleted, outputs.unknown], ['0', '4']);
  assert.equal(record?.survey.complete, false);
  assert.match(log, /GitHub answered 403 while listing the open pull requests/);
  assert.equal((await server.branches()).length, 4);
});

test('the next one applies it: the closed and the expired go, with their roles; the unknown stays', async () => {
  const { exitCode, outputs, log, summary, record } = await run('workflow_dispatch');
  assert.equal(exitCode, 0, log);
  assert.deepEqual([outputs.deleted, outputs.kept, outputs.unknown, outputs.failed], ['2', '1', '1', '0']);
  assert.ok(Number(outputs['bytes-freed']) > 1_000_000);
  assert.deepEqual(await server.branches(), [name(2), name(4)]);
  assert.deepEqual(await server.roles(), [name(2), `${name(2)}_owner`, name(4), `${name(4)}_owner`]);
  assert.match(summary, /\| `pullgres_512000001_pr_1` \| 1 closed \|/);
  assert.equal(record?.branches.find((each) => each.name === name(4))?.outcome, 'unknown');
  const [comment, ...more] = github.repository.comments;
  assert.deepEqual([comment?.issue, more], [3, []]);
  assert.match(comment?.body ?? '', /removed by the sweep .* push again/);
});

test('again: nothing is left to do', async () => {
  const { exitCode, outputs, log } = await run('schedule');
  assert.equal(exitCode, 0, log);
  assert.equal(outputs.deleted, '0');
});

test('a pull request is no occasion for a sweep', async () => {
  const { exitCode, log } = await run('pull_request');
  assert.equal(exitCode, 1);
  assert.match(log, /on a schedule or by hand/);
});

test('without a server there is nothing to sweep', async () => {
  const { exitCode, log } = await run('schedule', { 'server-url': '' });
  assert.equal(exitCode, 1);
  assert.match(log, /server-url: nothing was given/);
});
