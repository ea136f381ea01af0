import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { version } from '../../src/version.ts';
import { playWorld } from './play-world.ts';

const atReady = { cancelWhen: (line: string) => line === 'ready' };

const failures: [behaviour: string, message: RegExp, stack: boolean][] = [
  ['user-error', /^The input is not right\.\nWrite another\.$/, false],
  [
    'provider-error',
    /^The server refused\. \(status 53300\)\nWait a little\.\nRunning the job again may help\.$/,
    false,
  ],
  [
    'github-error',
    /^GitHub did not answer\. \(no answer\)\nRunning the job again will not help by itself\.$/,
    false,
  ],
  ['bug', /^Internal error: x is not a function$/, true],
  ['throw-text', /^Internal error: only text$/, true],
  ['stray-rejection', /^Nobody awaited this\.$/, false],
  ['stray-exception', /^Internal error: thrown in a timer$/, true],
  ['empty-loop', /^Internal error: The event loop ran empty/, true],
  ['late-rejection', /^Internal error: after the end$/, true],
];

for (const [behaviour, message, stack] of failures) {
  test(`${behaviour} is one clear annotation and exit code 1`, async () => {
    const result = await playWorld(behaviour, {
      github: { server_url: 'https://ghe.example', action_repository: 'octo/pullgres' },
    });
    assert.deepEqual([result.exitCode, result.annotations.length], [1, 1]);
    assert.equal(result.annotations[0]?.title, 'pullgres world');
    assert.match(result.annotations[0]?.message ?? '', message);
    assert.equal(/^ {4}at /m.test(result.log), stack, result.log);
    assert.equal(result.log.includes(`bug in Pullgres ${version} (Node `), stack);
    assert.equal(result.log.includes('report it at https://ghe.example/octo/pullgres/issues'), stack);
    const forced = behaviour === 'stray-rejection' || behaviour === 'stray-exception';
    assert.equal(result.problems.length > 0, forced, result.problems.join());
    for (const problem of result.problems) assert.match(problem, /did not end by itself/);
  });
}

test('the cause of an error is in the debug log', async () => {
  const { log } = await playWorld('github-error', { debug: true });
  assert.match(log, /^##\[debug\]Cause: Error: ECONNRESET/m);
});

test('what holds the process is named, and the process ends all the same', async () => {
  const result = await playWorld('open-handle');
  assert.equal(result.exitCode, 0);
  assert.match(result.problems.join(), /pullgres world: still open: .*Timeout/);
  assert.ok(result.durationMs < 10_000);
});

test('a signal aborts the work: exit code 130, state kept, no annotation', async () => {
  const result = await playWorld('wait', atReady);
  assert.deepEqual([result.outcome, result.exitCode, result.problems], ['cancelled', 130, []]);
  assert.deepEqual(result.annotations, []);
  assert.match(result.log, /^pullgres world: cancelled$/m);
  assert.match(result.end.posts[0]?.log ?? '', /kept: before cancel/);
});

test('an error while cleaning up after a signal is in the debug log', async () => {
  const result = await playWorld('wait-and-fail', { ...atReady, debug: true });
  assert.deepEqual([result.exitCode, result.annotations, result.problems], [130, [], []]);
  assert.match(result.log, /^##\[debug\]It ended with: Error: while cleaning up/m);
});

test('work that does not heed the signal is left after its time', async () => {
  const result = await playWorld('wait-for-ever', {
    ...atReady,
    environment: { WORLD_LIMITS: JSON.stringify({ cleanUpMs: 100, leaveMs: 100 }) },
  });
  assert.equal(result.exitCode, 130);
  assert.match(result.log, /^pullgres world: cancelled$/m);
});

test('the version is that of package.json', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.equal(version, manifest.version);
});
