import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProviderError, UserError } from '../../../src/errors.ts';
import { ServerError } from '../../../src/postgres/connection.ts';
import { createSteps, hasFailed, totalMs } from '../../../src/refresh/drill/steps.ts';

function ticking(): () => number {
  let now = 0;
  return () => (now += 10);
}

test('a step is written down with its time, whatever its end', async () => {
  const steps = createSteps({ clock: ticking() });
  const given = await steps.run('a', async () => ({ status: 'passed' as const, summary: 'Fine.', more: 7 }));
  assert.equal(given?.more, 7);
  const errors = [
    new UserError('No tool.', { hint: 'Install it.' }),
    new ProviderError('It broke.'),
    new ServerError('duplicate key (email)=(ann@example.com)', { code: '23505', severity: 'ERROR' }),
  ];
  for (const error of errors) {
    assert.equal(await steps.run('b', () => Promise.reject(error)), undefined);
  }
  steps.skip('c', 'No time.');
  assert.deepEqual(
    steps.list().map(({ name, status, summary, durationMs }) => [name, status, summary, durationMs]),
    [
      ['a', 'passed', 'Fine.', 10],
      ['b', 'failed', 'No tool. Install it.', 10],
      ['b', 'failed', 'It broke.', 10],
      ['b', 'failed', 'The server refused with SQLSTATE 23505.', 10],
      ['c', 'skipped', 'No time.', 0],
    ],
  );
  assert.ok(hasFailed(steps.list()));
});

test('a bug and an abort are no result', async () => {
  const steps = createSteps({ clock: ticking() });
  await assert.rejects(
    steps.run('a', () => Promise.reject(new TypeError('bug'))),
    TypeError,
  );
  const controller = new AbortController();
  const aborted = createSteps({ clock: ticking(), signal: controller.signal });
  const reason = new Error('cancelled');
  const running = aborted.run('a', async () => {
    controller.abort(reason);
    throw new ProviderError('The connection was lost.');
  });
  await assert.rejects(running, reason);
  await assert.rejects(
    aborted.run('b', async () => assert.fail('not begun')),
    reason,
  );
});

test('a total needs all its parts', async () => {
  const steps = createSteps({ clock: ticking() });
  const passed = async () => ({ status: 'passed' as const, summary: '' });
  await steps.run('fetch', passed);
  await steps.run('restore', passed);
  assert.equal(totalMs(steps.list(), ['fetch', 'restore']), 20);
  assert.equal(totalMs(steps.list(), ['fetch', 'start']), null);
  await steps.run('start', async () => ({ status: 'failed' as const, summary: '' }));
  assert.equal(totalMs(steps.list(), ['fetch', 'start']), null);
});
