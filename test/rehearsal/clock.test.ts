import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock, round } from '../../src/rehearsal/clock.ts';

test('time set aside does not count, also when the work throws', async () => {
  let now = 100;
  const clock = createClock(() => now);
  const begun = clock.time();
  now += 5;
  assert.equal(await clock.aside(async () => (now += 40)), 145);
  await assert.rejects(
    clock.aside(async () => {
      now += 50;
      throw new Error('x');
    }),
  );
  now += 3;
  assert.equal(clock.time() - begun, 8);
});

test('times are rounded to the microsecond and never negative', () => {
  assert.equal(round(1.23456), 1.235);
  assert.equal(round(-0.5), 0);
});
