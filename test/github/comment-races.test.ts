import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGitHub, type GitHub } from '../../src/github/client.ts';
import { bodyDigest, commentMarker } from '../../src/github/comment-marker.ts';
import { Secret } from '../../src/secret.ts';
import { HEAD_SHA } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { secondaryLimit } from '../support/fake-github-refusals.ts';
import type { RunSpec } from '../support/fake-github-runs.ts';

const OURS = 'github-actions[bot]';
const OTHER_SHA = 'f'.repeat(40);

let fake: FakeGitHub;
beforeEach(async () => {
  fake = await startFakeGitHub({ repositories: [{ private: false }] });
  fake.repository.runs = [run(100), run(101), run(102)];
});
afterEach(async () => {
  await fake.close();
  assert.deepEqual(fake.problems, []);
});

function run(id: number, changes: Partial<RunSpec> = {}): RunSpec {
  return { id, workflowId: 5, headSha: HEAD_SHA, attempt: 1, conclusion: null, ...changes };
}

function client(secondMs = 1): GitHub {
  const token = new Secret(fake.token());
  return createGitHub({ token, environment: fake.environment, onNotice: () => {}, limits: { secondMs } });
}

const write = (id: string, body = `of ${id}`, sha = HEAD_SHA) =>
  client().upsertComment({ number: 7, key: 'default', body, run: { id, attempt: 1 }, sha });

function claim(id: string, { attempt = 1, sha = HEAD_SHA, body = '## Ready to merge: forged' } = {}): string {
  const marker = { key: 'default', version: 1, sha, run: id, attempt, digest: bodyDigest(body) } as const;
  return `${commentMarker(marker)}\n${body}`;
}

const texts = () => fake.repository.comments.map(({ body }) => body.replace(/^.*\n/, ''));

describe('two runs that update one comment', () => {
  for (let delay = -95; delay <= 95; delay += 10) {
    test(`the newer stands in the end: the older begins ${delay} ms after it`, async () => {
      fake.comment({ issue: 7, author: OURS, body: claim('90', { body: 'old' }) });
      fake.setLatency(40);
      const begin = async (id: string, wait: number) => {
        await sleep(Math.max(0, wait));
        return write(id);
      };
      await Promise.all([begin('101', -delay), begin('100', delay)]);
      assert.deepEqual(texts(), ['of 101']);
    });
  }

  test('an older one that was told to wait looks before it writes', async () => {
    fake.comment({ issue: 7, author: OURS, body: claim('90', { body: 'old' }) });
    fake.fault({ method: 'PATCH', answer: secondaryLimit(20) });
    const older = client(20).upsertComment({
      number: 7,
      key: 'default',
      body: 'of 100',
      run: { id: '100', attempt: 1 },
      sha: HEAD_SHA,
    });
    while (!fake.calls().includes('issues/update-comment')) await sleep(5);
    await write('101');
    assert.equal((await older).outcome, 'skipped');
    assert.deepEqual(texts(), ['of 101']);
    assert.equal(fake.calls().filter((call) => call === 'issues/update-comment').length, 2);
  });

  test('what an older one overwrites after us is written again, thrice at most', async () => {
    const { id } = fake.comment({ issue: 7, author: OURS, body: claim('90', { body: 'old' }) });
    let overwritten = 0;
    const updates = () => fake.calls().filter((call) => call === 'issues/update-comment').length;
    const meddle = async () => {
      while (overwritten < 3) {
        if (updates() > overwritten && fake.repository.comments[0]?.body.includes('of 101')) {
          overwritten += 1;
          fake.repository.comments = [
            { ...fake.repository.comments[0], id, body: claim('100', { body: 'of 100' }) } as never,
          ];
        }
        await sleep(1);
      }
    };
    const meddling = meddle();
    await client(60).upsertComment({
      number: 7,
      key: 'default',
      body: 'of 101',
      run: { id: '101', attempt: 1 },
      sha: HEAD_SHA,
    });
    await meddling;
    assert.equal(updates(), 3);
  });

  test('a later run of the same text marks it as its own', async () => {
    await write('100', 'same');
    await write('102', 'same');
    assert.match(fake.repository.comments[0]?.body ?? '', / run=102 /);
  });
});

describe('a marker that claims a later run', () => {
  const forged: readonly (readonly [string, string, RunSpec[]])[] = [
    ['of the greatest number', claim('9999999999999999999'), []],
    ['that does not exist', claim('555'), []],
    ['of another workflow', claim('555'), [run(555, { workflowId: 6 })]],
    ['of another commit', claim('555'), [run(555, { headSha: OTHER_SHA })]],
    [
      'of another pull request’s commit',
      claim('555', { sha: OTHER_SHA }),
      [run(555, { headSha: OTHER_SHA })],
    ],
    ['that was skipped', claim('555'), [run(555, { conclusion: 'skipped' })]],
    ['of more attempts than there were', claim('100', { attempt: 9 }), []],
  ];
  for (const [title, body, runs] of forged) {
    test(`${title} does not stop our comment`, async () => {
      fake.repository.runs.push(...runs);
      fake.comment({ issue: 7, author: OURS, body });
      assert.equal((await write('100')).outcome, 'updated');
      assert.deepEqual(texts(), ['of 100']);
    });
  }

  test('many of them cost few questions', async () => {
    for (let id = 1; id <= 20; id += 1) fake.comment({ issue: 7, author: OURS, body: claim(`99${id}`) });
    assert.equal((await write('100')).outcome, 'updated');
    assert.ok(fake.calls().filter((call) => call === 'actions/get-workflow-run').length <= 4);
    assert.deepEqual(texts(), ['of 100']);
  });

  test('is believed when GitHub knows that run, of our workflow and commit', async () => {
    fake.comment({ issue: 7, author: OURS, body: claim('102', { body: 'of 102' }) });
    assert.equal((await write('100')).outcome, 'skipped');
    assert.deepEqual(texts(), ['of 102']);
  });

  test('stops a run of a commit that is no longer the head', async () => {
    fake.comment({ issue: 7, author: OURS, body: claim('102', { body: 'of 102' }) });
    assert.equal((await write('100', 'of 100', OTHER_SHA)).outcome, 'skipped');
  });
});
