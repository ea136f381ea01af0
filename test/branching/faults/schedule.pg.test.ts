import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { leaks, left, survey } from './invariants.ts';
import { bundledChild, complaints, runTrials, schedule, summary } from './schedule.ts';
import { type Stage, startStage } from './stage.ts';
import { MOMENTS } from './trial.ts';

let stage: Stage;
let child: Awaited<ReturnType<typeof bundledChild>>;
before(async () => {
  [stage, child] = await Promise.all([startStage(), bundledChild()]);
});
after(async () => {
  await Promise.all([stage?.server.stop(), child?.remove()]);
});

const CHANGES = ['create', 'reset', 'remove'] as const;
const OTHERS = ['create when there', 'ensureBaseline', 'publishBaseline'] as const;

test('killed or cut off at any statement, the next run makes everything whole', async (t) => {
  const trials = await schedule(stage, [
    // The server cannot tell a process that dies after an answer from one that dies before its next statement.
    { operations: CHANGES, kinds: ['kill our process'], moments: ['before', 'during'], most: 60 },
    {
      operations: CHANGES,
      kinds: ['cut the network'],
      moments: ['before', 'during'],
      boundaries: 'acts',
      most: 36,
    },
    {
      operations: OTHERS,
      kinds: ['kill our process', 'cut the network'],
      moments: ['before', 'during'],
      most: 12,
    },
    {
      operations: [...CHANGES, ...OTHERS],
      kinds: ['silence the network', 'lose one connection', 'hold the answer back', 'end the backend'],
      moments: MOMENTS,
      most: 24,
    },
  ]);
  // 132 of some 340, below a minute on two processors; PULLGRES_FAULTS=all runs every one.
  const pairs = new Set(trials.map(({ operation, kind }) => `${operation}: ${kind}`));
  if (!process.env.PULLGRES_FAULTS_ONLY)
    assert.equal(pairs.size, (CHANGES.length + OTHERS.length) * 6, 'every fault strikes every operation');
  const outcomes = await runTrials(stage, trials, child.program, 4);
  t.diagnostic(summary(outcomes));
  assert.equal(complaints(outcomes), '');
  assert.deepEqual(
    outcomes.filter(({ statement }) => statement === undefined).map(({ trial }) => trial),
    [],
  );
});

test('no secret stands in the server’s log, and nothing of ours is left but the shared baseline', async () => {
  const log = await stage.server.log();
  assert.match(log, /CREATE ROLE .*NOLOGIN/, 'statements are logged');
  assert.deepEqual(leaks(log, stage.secrets), []);
  const found = await survey(stage.admin);
  const others = {
    ...found,
    databases: found.databases.filter(({ name }) => name !== stage.baselineDatabase),
    roles: found.roles.filter(({ name }) => !name.startsWith(stage.baselineDatabase.slice(0, 40))),
  };
  assert.deepEqual(left(others), []);
});
