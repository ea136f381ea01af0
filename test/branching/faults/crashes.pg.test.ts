import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leaks } from './invariants.ts';
import { OPERATIONS } from './operation.ts';
import { complaints, runTrials, schedule, summary } from './schedule.ts';
import { type Stage, startStage } from './stage.ts';
import { MOMENTS } from './trial.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage?.server.stop());

test('the whole cluster goes down at a statement: the next run makes everything whole', async (t) => {
  const trials = await schedule(stage, [
    {
      operations: OPERATIONS,
      kinds: ['kill the backend', 'kill the postmaster'],
      moments: MOMENTS,
      most: 24,
    },
  ]);
  const outcomes = await runTrials(stage, trials, '', 1);
  t.diagnostic(summary(outcomes));
  assert.equal(complaints(outcomes), '');
  const missed = outcomes.filter(({ statement }) => statement === undefined);
  assert.deepEqual(
    missed.map(({ trial }) => trial),
    [],
  );
  // The server itself writes what a backend was doing when it crashed.
  assert.deepEqual(leaks(await stage.server.log(), stage.secrets), []);
});
