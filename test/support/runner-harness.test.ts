import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { trackedProcesses } from './processes.ts';
import { createJob, runStep } from './runner-harness.ts';

const puppet = join(import.meta.dirname, 'fixtures/puppet');
const secret = 'p@ss word/1';
const event = { name: 'push', payload: { ref: 'refs/heads/main', after: 'a'.repeat(40) } };
const quick = { interruptMs: 300, terminateMs: 300 };
const linux = process.platform === 'linux';

type Options = Parameters<typeof runStep>[0];

const play = (behaviour: string, more: Partial<Options> = {}) =>
  runStep({
    action: puppet,
    event,
    with: { behaviour },
    environment: { PUPPET_SECRET: secret },
    secrets: [secret],
    ...more,
  });

test('a step gets a clean environment, its inputs and their defaults', async () => {
  process.env.PULLGRES_LEAK_TEST = 'from the test process';
  const result = await play('print-environment', { token: 'ghs_of_this_job' });
  const environment = JSON.parse(result.rawLog) as Record<string, string>;
  const expected = {
    INPUT_GREETING_TEXT: 'hello',
    'INPUT_GITHUB-TOKEN': 'ghs_of_this_job',
    INPUT_NUMBER: '7',
    GITHUB_SHA: 'a'.repeat(40),
    GITHUB_REF_NAME: 'main',
    GITHUB_ACTIONS: 'true',
    CI: 'true',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(environment[name], value, name);
  for (const name of ['PULLGRES_LEAK_TEST', 'GITHUB_TOKEN', 'NODE_OPTIONS', 'NODE_TEST_CONTEXT'])
    assert.equal(environment[name], undefined, name);
  assert.doesNotMatch(result.log, /ghs_of_this_job/, 'the token is masked from the start');
  assert.match(result.problems.join('\n'), /prints a secret although it is masked/);
});

test('command files are read by the rules of the runner', async () => {
  const result = await play('write-files');
  assert.deepEqual(result.problems, []);
  assert.deepEqual(result.outputs, { name: 'pr-7', url: 'first\nsecond' });
  assert.deepEqual(result.environment, { FROM_STEP: 'a=b' });
  assert.deepEqual(result.paths, ['/opt/tool/bin']);
  assert.deepEqual(result.state, { kept: 'yes' });
  assert.equal(result.summary, '# Done\n');
  assert.deepEqual([result.outcome, result.exitCode, result.signal], ['success', 0, undefined]);
  assert.equal(result.end.posts[0]?.log, 'post of write-files, kept: yes');
});

test('annotations are read in both forms of the command', async () => {
  const { annotations, log } = await play('annotate');
  const nowhere = { title: undefined, file: undefined, line: undefined, endLine: undefined };
  assert.deepEqual(annotations, [
    {
      level: 'error',
      message: 'It\nbreaks 100%',
      title: 'A, b: c',
      file: 'db/1.sql',
      line: 3,
      endLine: 4,
    },
    { level: 'warning', message: 'careful', ...nowhere },
    { level: 'notice', message: 'old form', ...nowhere },
  ]);
  assert.match(log, /^##\[error\]It\nbreaks 100%\n##\[warning\]careful/);
});

test('commands are plain text between stop-commands and its token', async () => {
  const { annotations, log } = await play('stop-commands');
  assert.deepEqual(
    annotations.map((annotation) => annotation.message),
    ['an error'],
  );
  assert.match(log, /::error::not an error/);
});

test('a failing step is a failure', async () => {
  const { outcome, exitCode, problems } = await play('fail');
  assert.deepEqual([outcome, exitCode, problems], ['failure', 3, []]);
});

const complaints: { behaviour: string; says: RegExp; more?: Partial<Options>; onLinux?: true }[] = [
  {
    behaviour: 'write-files',
    more: { with: { behaviour: 'write-files', behavior: 'x' } },
    says: /input behavior is not declared/,
  },
  { behaviour: 'undeclared-output', says: /output surprise is not declared/ },
  { behaviour: 'malformed-heredoc', says: /file of outputs: .*delimiter not found 'END'/ },
  { behaviour: 'malformed-line', says: /file of environment: Invalid format 'no separator'/ },
  { behaviour: 'summary-too-long', says: /summary is over 1 MiB/ },
  { behaviour: 'too-many-annotations', says: /More than 10 notice annotations/ },
  { behaviour: 'set-output', says: /::set-output:: is disabled/ },
  { behaviour: 'blank-mask', says: /empty string/ },
  {
    behaviour: 'secret-without-mask',
    says: /Line 1 of the log prints a secret without a mask: the password is \*{3}$/,
  },
  { behaviour: 'secret-after-mask', says: /Line 2 of the log prints a secret although it is masked/ },
  { behaviour: 'secret-before-mask', says: /Line 1 prints a value that is masked only at line 2/ },
  { behaviour: 'secret-before-mask', says: /Line 1 of the log prints a secret without a mask/ },
  { behaviour: 'secret-encoded', says: /Line 1 of the log prints a secret without a mask: postgres:/ },
  { behaviour: 'secret-in-summary', says: /^Line 1 of the summary prints a secret without a mask: Password/ },
  { behaviour: 'secret-in-output', says: /output url holds a secret that is not masked/ },
  { behaviour: 'leave-process', says: /Process [0-9]+ outlived the step: .*setInterval/, onLinux: true },
  { behaviour: 'hold-output', more: { drainMs: 100 }, says: /held the step's output open/, onLinux: true },
  { behaviour: 'stay-too-long', says: /did not end by itself: [0-9]{4,} ms/ },
  { behaviour: 'stay-for-ever', more: { limitMs: 300 }, says: /over its time limit/ },
  { behaviour: 'forced-end', says: /did not end by itself: .*still open: Timeout/ },
  {
    behaviour: 'ignore-interrupt',
    more: { cancelWhen: (line) => line === 'ready', cancelTimes: quick },
    says: /ignored SIGINT: it ended only by SIGTERM/,
  },
  {
    behaviour: 'ignore-all',
    more: { cancelWhen: (line) => line === 'ready', cancelTimes: quick },
    says: /ignored SIGINT: it ended only by SIGKILL/,
  },
];

for (const { behaviour, says, more } of complaints.filter((each) => linux || !each.onLinux)) {
  test(`complains of ${behaviour} (${says.source})`, async () => {
    const result = await play(behaviour, more);
    assert.match(result.problems.join('\n'), new RegExp(says, 'm'));
    assert.doesNotMatch(result.problems.join('\n'), /p@ss word/);
    assert.deepEqual(trackedProcesses(result.trackingId), []);
  });
}

test('what the runner refuses is not applied', async () => {
  const heredoc = await play('malformed-heredoc');
  assert.deepEqual([heredoc.outputs, heredoc.outcome], [{ name: 'kept' }, 'failure']);
  assert.equal((await play('summary-too-long')).summary, '');
  assert.equal((await play('too-many-annotations')).annotations.length, 10);
  assert.deepEqual((await play('set-output')).outputs, {});
});

test('a cancelled step keeps its state for the post step', async () => {
  const result = await play('obey-interrupt', { cancelWhen: (line) => line === 'ready' });
  assert.deepEqual([result.outcome, result.exitCode, result.problems], ['cancelled', 130, []]);
  assert.equal(result.end.posts[0]?.log, 'post of obey-interrupt, kept: before cancel');
});

test('a step can be cancelled by time', async () => {
  const result = await play('stay-for-ever', { cancelAfterMs: 100 });
  assert.deepEqual([result.outcome, result.signal, result.problems], ['cancelled', 'SIGINT', []]);
});

test('steps of a job share masks, environment and outputs; masked job outputs are dropped', async (t) => {
  const job = createJob({ event, environment: { PUPPET_SECRET: secret }, secrets: [secret] });
  t.after(job.finish);
  const first = await job.step({ action: puppet, id: 'branch', with: { behaviour: 'masked-output' } });
  assert.deepEqual(first.problems, []);
  assert.equal(first.outputs.url, `postgres://x:${secret}@y`, 'a step output keeps its value within the job');
  await job.step({ action: puppet, with: { behaviour: 'write-files' } });
  const third = await job.step({ action: puppet, with: { behaviour: 'print-environment' } });
  assert.match(third.rawLog, /"FROM_STEP":"a=b"/);
  assert.match(third.rawLog, /"PATH":"\/opt\/tool\/bin:/);
  assert.doesNotMatch(third.log, /p@ss word/, 'a mask of an earlier step holds');
  assert.deepEqual(
    job.outputs({
      url: `\${{ steps.branch.outputs.url }}`,
      name: `\${{ steps.branch.outputs.name }}`,
      missing: `\${{ steps.branch.outputs.nothing }}`,
    }),
    { outputs: { name: 'plain' }, dropped: ['url'] },
  );
  const end = await job.finish();
  assert.deepEqual(
    end.posts.map((post) => post.log.split(',')[0]),
    ['post of print-environment', 'post of write-files', 'post of masked-output'],
  );
  assert.equal(existsSync(job.temporary), false);
});

if (linux) {
  test('a process that may outlive its step must be gone at the end of the job', async () => {
    const result = await play('leave-process', { mayLeaveProcesses: true });
    assert.deepEqual(result.problems, []);
    assert.match(result.end.problems.join(), /Process [0-9]+ outlived the job/);
    assert.deepEqual(trackedProcesses(result.trackingId), []);
  });
}
