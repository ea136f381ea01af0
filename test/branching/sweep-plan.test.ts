import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Held, Remain } from '../../src/branching/provider.ts';
import {
  type Decision,
  type Plan,
  type PullState,
  planSweep,
  SWEEP_TIMES,
  type SweepRequest,
} from '../../src/branching/sweep-plan.ts';
import { HOUR, heldBranch, NOW, OURS, randomServer, remainOf, THEIRS } from './sweep-subjects.ts';

function plan(request: Partial<SweepRequest>): Plan {
  return planSweep({
    branches: [],
    remains: [],
    pulls: new Map([[7, 'open']]),
    complete: true,
    asked: true,
    now: NOW,
    ttl: SWEEP_TIMES,
    repositoryId: OURS,
    limits: { maximum: 50 },
    ...request,
  });
}

const at = (hours: number) => new Date(NOW.getTime() + hours * HOUR).toISOString();
const run = { kind: 'run', runId: '900', attempt: 1 } as const;
const group = { kind: 'merge-group', headSha: 'a'.repeat(40) } as const;

type Case = readonly [
  what: string,
  branch: Parameters<typeof heldBranch>[0],
  pull: PullState | undefined,
  decision: Decision,
  reason: RegExp,
];

const branchCases: readonly Case[] = [
  ['of a closed pull request', {}, 'closed', 'delete', /Pull request 7 is closed/],
  ['of a closed one, with a session', { sessions: 2 }, 'closed', 'delete', /is closed/],
  ['of a closed one, held by a job', { busy: true }, 'closed', 'delete', /is closed/],
  ['of an open pull request', {}, 'open', 'keep', /is open/],
  ['open and over for 59 minutes', { expiresAt: at(-0.98) }, 'open', 'keep', /is open/],
  ['open and over for exactly the grace', { expiresAt: at(-1) }, 'open', 'keep', /is open/],
  ['open and over for longer', { expiresAt: at(-1.01) }, 'open', 'delete', /time was over .* next push/],
  ['over, with a session', { expiresAt: at(-9), sessions: 1 }, 'open', 'keep', /a session is connected/],
  ['over, with sessions', { expiresAt: at(-9), sessions: 2 }, 'open', 'keep', /2 sessions are connected/],
  ['over, held by a job', { expiresAt: at(-9), busy: true }, 'open', 'keep', /a job works on it/],
  ['unknown', {}, 'unknown', 'unknown', /not known/],
  ['unknown because GitHub did not say', {}, undefined, 'unknown', /not known/],
  [
    'unknown and long over',
    { expiresAt: at(-900) },
    'unknown',
    'unknown',
    /not known.* over at 2026-04-25T00:00:00.000Z\./,
  ],
  ['unknown, with time left', {}, 'unknown', 'unknown', /ends at 2026-06-02T12:00:00.000Z\./],
  [
    'half made just now',
    { state: 'making', createdAt: at(-0.1) },
    'closed',
    'keep',
    /so young .* until 2026-06-01T12:54:00.000Z\./,
  ],
  ['half made an hour ago', { state: 'making', createdAt: at(-1) }, 'closed', 'keep', /so young/],
  ['half made long ago', { state: 'making', createdAt: at(-2) }, 'open', 'delete', /ended before/],
  ['half made, pull request unknown', { state: 'making', createdAt: at(-2) }, 'unknown', 'delete', /ended/],
  ['reset now', { state: 'making', createdAt: at(-90), busy: true }, 'open', 'keep', /making it now/],
  ['of a run', { subject: run }, undefined, 'keep', /Run 900/],
  ['of a run that is over', { subject: run, expiresAt: at(-2) }, undefined, 'delete', /time was over/],
  ['of a merge group', { subject: group }, 'closed', 'keep', /A merge group/],
  ['of a merge group, over', { subject: group, expiresAt: at(-2) }, 'unknown', 'delete', /over/],
];

describe('a branch', () => {
  for (const [what, branch, pull, decision, reason] of branchCases) {
    test(`${what}: ${decision}`, () => {
      const pulls = new Map(pull === undefined ? [] : [[7, pull] as const]);
      const [planned] = plan({ branches: [heldBranch(branch)], pulls }).branches;
      assert.equal(planned?.decision, decision);
      assert.match(planned?.reason ?? '', reason);
    });
  }

  const unasked: readonly [string, Parameters<typeof heldBranch>[0], Decision, RegExp][] = [
    ['with time left', {}, 'unknown', /not known/],
    ['over for exactly the grace', { expiresAt: at(-1) }, 'unknown', /not known.* over at/],
    ['over for longer', { expiresAt: at(-1.01) }, 'delete', /was over at .* not asked .* own label/],
    ['over, with a session', { expiresAt: at(-9), sessions: 1 }, 'keep', /a session is connected/],
    ['over, held by a job', { expiresAt: at(-9), busy: true }, 'keep', /a job works on it/],
  ];
  for (const [what, branch, decision, reason] of unasked) {
    test(`${what}, where GitHub was not asked: ${decision}`, () => {
      const request = { branches: [heldBranch(branch)], pulls: new Map(), complete: false, asked: false };
      const [planned] = plan(request).branches;
      assert.equal(planned?.decision, decision);
      assert.match(planned?.reason ?? '', reason);
    });
  }

  test('closed on a list that was not read to its end is unknown', () => {
    const { branches, doomed } = plan({
      branches: [heldBranch({})],
      pulls: new Map([[7, 'closed']]),
      complete: false,
    });
    assert.equal(branches[0]?.decision, 'unknown');
    assert.deepEqual(doomed, []);
  });

  test('of another repository: counted, not planned', () => {
    const other = heldBranch({ repositoryId: THEIRS, expiresAt: at(-900) });
    const { branches, elsewhere, doomed } = plan({ branches: [other], pulls: new Map([[7, 'closed']]) });
    assert.deepEqual([branches, elsewhere, doomed], [[], [other], []]);
  });
});

const remainCases: readonly [string, Partial<Remain>, Decision, RegExp][] = [
  ['a half-dropped database', {}, 'delete', /half dropped/],
  ['one that a job works on', { busy: true }, 'keep', /Somebody works/],
  ['a lease that runs', { kind: 'shard', expiresAt: at(1) }, 'keep', /until/],
  ['a lease that is over for less than the grace', { kind: 'shard', expiresAt: at(-0.9) }, 'keep', /until/],
  ['a lease that is over', { kind: 'shard', expiresAt: at(-2) }, 'delete', /half dropped/],
  [
    'a slot idle since just now',
    { kind: 'slot', since: at(-0.5) },
    'keep',
    /only since .* until 2026-06-01T12:30:00.000Z\./,
  ],
  ['a slot idle for long', { kind: 'slot', since: at(-2) }, 'delete', /half dropped/],
  ['what only a person can remove', { kind: 'directory', blocked: 'Ask her.' }, 'unknown', /Ask her/],
  ['what is of nobody', { repositoryId: undefined }, 'delete', /half dropped/],
  ['what is of another repository', { repositoryId: THEIRS }, 'keep', /another repository/],
];

describe('a remain', () => {
  for (const [what, remain, decision, reason] of remainCases) {
    test(`${what}: ${decision}`, () => {
      const [planned] = plan({ remains: [remainOf(remain)] }).remains;
      assert.equal(planned?.decision, decision);
      assert.match(planned?.reason ?? '', reason);
    });
  }
});

test('no more than the limit goes at once: the certain first, then the oldest', () => {
  const branches = [
    heldBranch({ number: 1, expiresAt: at(-5), createdAt: at(-99) }),
    heldBranch({ number: 2, createdAt: at(-3) }),
    heldBranch({ number: 3, createdAt: at(-8) }),
  ];
  const pulls = new Map<number, PullState>([
    [1, 'open'],
    [2, 'closed'],
    [3, 'closed'],
  ]);
  const { doomed, postponed } = plan({
    branches,
    pulls,
    remains: [remainOf({ name: 'half' })],
    limits: { maximum: 2 },
  });
  const names = (items: Plan['doomed']) =>
    items.map((item) => ('held' in item ? item.held.branch.name : item.remain.name));
  assert.deepEqual(names(doomed), ['half', 'pullgres_42_pr_3']);
  assert.deepEqual(names(postponed), ['pullgres_42_pr_2', 'pullgres_42_pr_1']);
});

/** What is there once the plan was carried out. */
function after(request: SweepRequest, { doomed }: Plan): SweepRequest {
  const gone = new Set<Held | Remain>(doomed.map((item) => ('held' in item ? item.held : item.remain)));
  return {
    ...request,
    branches: request.branches.filter((each) => !gone.has(each)),
    remains: request.remains.filter((each) => !gone.has(each)),
  };
}

describe('whatever a server holds and GitHub says', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    test(`seed ${seed}`, () => {
      const request = randomServer(seed, 250);
      const before = JSON.stringify(request.branches);
      const made = planSweep(request);
      for (const item of [...made.doomed, ...made.postponed]) {
        if (!('held' in item)) {
          assert.ok([undefined, OURS].includes(item.remain.repositoryId));
          assert.equal(item.remain.blocked, undefined);
          continue;
        }
        const { labels } = item.held.branch;
        assert.equal(labels.repositoryId, OURS, 'nothing of another repository');
        const isPull = labels.subject.kind === 'pull-request' && item.held.state === 'ready';
        if (isPull && request.asked) assert.notEqual(item.pull, 'unknown', 'unknown never deletes');
        if (isPull) assert.ok(request.complete || item.pull !== 'closed', 'a part of a list closes nothing');
        const over = NOW.getTime() - Date.parse(labels.expiresAt) > HOUR;
        if (item.pull !== 'closed' && isPull) assert.ok(over && item.held.sessions === 0 && !item.held.busy);
      }
      for (const { held, pull, decision, reason, overdueMs } of made.branches) {
        if (pull !== 'unknown' || held.state === 'making') continue;
        const over = overdueMs > HOUR && held.sessions === 0 && !held.busy;
        if (!request.asked && over) assert.equal(decision, 'delete', 'its own label says that it is over');
        if (overdueMs > 0)
          assert.ok(reason.includes(`ime was over at ${held.branch.labels.expiresAt}`), reason);
      }
      assert.ok(made.doomed.length <= request.limits.maximum);
      assert.equal(made.branches.length + made.elsewhere.length, request.branches.length);
      assert.equal(JSON.stringify(request.branches), before, 'the plan changes nothing');
      let left = request;
      for (let next = made; next.doomed.length > 0; next = planSweep(left)) left = after(left, next);
      assert.deepEqual(planSweep(left).doomed, [], 'the plan of what is left is empty');
      const kept = new Set(planSweep({ ...request, limits: { maximum: 9_999 } }).doomed.map(identityOf));
      assert.equal(left.branches.filter((each) => kept.has(each)).length, 0);
    });
  }
});

function identityOf(item: Plan['doomed'][number]): Held | Remain {
  return 'held' in item ? item.held : item.remain;
}
