import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTimeline, startLag } from '../../../src/rehearsal/contention/timeline.ts';
import { placeOf } from '../../support/evidence.ts';

test('a wait belongs to the statement that ran for most of it', () => {
  let time = 0;
  const timeline = createTimeline(() => time);
  const [first, second] = [placeOf('m/1.sql', 1, 'a'), placeOf('m/1.sql', 2, 'b')];
  assert.equal(timeline.mostly(0, 9), undefined);
  const steps = [
    [10, first],
    [20, second],
    [50, undefined],
    [80, first],
  ] as const;
  for (const [at, place] of steps) {
    time = at;
    timeline.during(place);
  }
  const cases = [
    [0, 9, undefined],
    [0, 15, first],
    [12, 24, first],
    [12, 40, second],
    [45, 80, second],
    [55, 75, undefined],
    [40, 200, first],
  ] as const;
  for (const [from, to, place] of cases) assert.equal(timeline.mostly(from, to), place, `${from} to ${to}`);
});

test('time in which our own process could not listen is counted, also before the next tick', async () => {
  const lag = startLag(() => performance.now());
  try {
    await sleep(30);
    const before = lag.total();
    const until = performance.now() + 600;
    while (performance.now() < until);
    assert.ok(lag.total() - before >= 500, String(lag.total()));
    await sleep(30);
    assert.ok(lag.total() - before >= 500, String(lag.total()));
  } finally {
    lag.stop();
  }
});
