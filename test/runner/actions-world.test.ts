import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playWorld } from './play-world.ts';

const secrets: [title: string, text: string][] = [
  ['plain', 'p4ssw0rd'],
  ['with characters that URLs encode', "p@ss w/rd:!*'()"],
  ['of several lines', '-----BEGIN KEY-----\nMIIE+abc/def==\n-----END KEY-----'],
  ['that is a command itself', '::notice::s3cr3t'],
  ['within a longer one of its own', 'aaaa\naaaaaaaa'],
];

for (const [title, secret] of secrets) {
  test(`a secret ${title} is masked first and then printed nowhere`, async () => {
    const result = await playWorld('mask', { environment: { WORLD_SECRET: secret }, secrets: [secret] });
    assert.deepEqual(result.problems, []);
    assert.deepEqual(result.end.problems, []);
    assert.match(result.rawLog, /a \*{3} b postgres:\/\/\*{3}/);
    assert.match(result.log, /warned of \*{3}/);
    assert.match(result.summary, /summary \*{3}/);
    assert.equal(result.annotations.at(-1)?.message, 'thrown ***\nhint ***');
    assert.equal(result.outputs.url, `postgres://u:${encodeURIComponent(secret)}@h`);
    assert.doesNotMatch(result.rawLog, /^::add-mask::\s*$/m, 'no blank mask');
  });
}

test('a secret that control characters take apart is starred', async () => {
  const { rawLog } = await playWorld('mask-split-by-control', { secrets: ['hunter22'] });
  assert.match(rawLog, /^\*{3}$/m);
});

test('nothing that is printed forges a command, and groups do not nest', async () => {
  const { annotations, log, problems } = await playWorld('print', { debug: true });
  assert.deepEqual([annotations, problems], [[], []]);
  assert.equal(
    log,
    [
      ': :error::forged',
      'second',
      '##[debug]: :warning::forged',
      '##[group]: :endgroup::Outer x',
      'inside',
      'Inner',
      'deeper',
      '##[endgroup]',
      '##[group]Second',
      'again',
      '##[endgroup]',
      '##[debug]pullgres world: finished',
    ].join('\n'),
  );
});

test('annotations stay within the limits of the runner', async () => {
  const { annotations, problems } = await playWorld('annotate');
  assert.deepEqual(problems, []);
  const of = (level: string) => annotations.filter((annotation) => annotation.level === level);
  assert.deepEqual([of('error').length, of('notice').length], [10, 10]);
  assert.deepEqual(of('error')[0], {
    level: 'error',
    title: 'Title: a, b',
    message: 'error 0',
    file: 'db/1.sql',
    line: 3,
    endLine: 4,
  });
  const [long, dropped] = of('warning').map((annotation) => annotation.message);
  assert.equal(long, `x${'😀'.repeat(2_044)}… (cut)`);
  assert.equal(long?.length, 4_096);
  assert.match(dropped ?? '', /3 more of level error, 1 more of level notice/);
});

test('a warning beyond the limit is still a line of the log', async () => {
  const { annotations, log, problems } = await playWorld('many-warnings');
  assert.deepEqual([annotations.length, problems], [10, []]);
  assert.match(log, /^Warning: warning 11$/m);
});

test('summary, output and state are written and the post step reads the state', async () => {
  const { summary, outputs, state, end, problems } = await playWorld('write');
  assert.deepEqual([summary, outputs], ['# One\ntwo\n', { url: 'first\nsecond' }]);
  assert.deepEqual([state, problems, end.problems], [{ kept: 'a=b' }, [], []]);
  assert.match(end.posts[0]?.log ?? '', /^kept: a=b$/m);
});

test('a summary over the limit is refused and what was there is kept', async () => {
  const { summary, annotations, outcome, problems } = await playWorld('summary-too-long');
  assert.deepEqual([summary, outcome, problems], ['kept\n', 'failure', []]);
  assert.match(annotations[0]?.message ?? '', /1,048,582 bytes; .* over 1 MiB/);
});

test('missing files are told in the debug log only', async () => {
  const gone = { GITHUB_STEP_SUMMARY: '/nowhere/a', GITHUB_OUTPUT: '', GITHUB_STATE: '/nowhere/c' };
  const script = `Object.assign(process.env, ${JSON.stringify(gone)});`;
  const options = `--import=data:text/javascript,${encodeURIComponent(script)}`;
  const result = await playWorld('write', { environment: { NODE_OPTIONS: options }, debug: true });
  assert.deepEqual([result.outcome, result.outputs, result.problems], ['success', {}, []]);
  for (const name of Object.keys(gone))
    assert.match(result.log, new RegExp(`^##\\[debug\\]There is no file for ${name}`, 'm'));
});

test('the temporary folder is private and of this job', async () => {
  const { log } = await playWorld('temporary');
  assert.match(log, /^\/pullgres 700\ntrue true$/m);
});

test('without RUNNER_TEMP the error says where to go', async () => {
  const { annotations, outcome } = await playWorld('temporary', { environment: { RUNNER_TEMP: '' } });
  assert.equal(outcome, 'failure');
  assert.match(annotations[0]?.message ?? '', /RUNNER_TEMP is not set.*\n.*use the pullgres command/);
});
