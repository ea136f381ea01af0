import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certainlyStale, decideLifetime, decideReuse, expiry } from '../../src/branching/lifecycle.ts';
import type { Branch, BranchLabels } from '../../src/branching/provider.ts';

const HOUR = 3_600_000;
const ttl = { idleMs: 72 * HOUR, absoluteMs: 14 * 24 * HOUR };

const lifetimes = [
  ['pull-request', true, 'pull-request'],
  ['pull-request', false, 'job'],
  ['merge-group', true, 'job'],
  ['merge-group', false, 'job'],
  ['run', true, 'job'],
  ['run', false, 'job'],
] as const;

for (const [kind, durable, until] of lifetimes) {
  test(`a ${kind} on a ${durable ? 'durable' : 'passing'} server lives until the end of the ${until}`, () => {
    const decided = decideLifetime(kind, durable);
    assert.equal(decided.until, until);
    assert.match(decided.reason, /^[A-Z].*\.$/);
  });
}

const expiries = [
  ['a new branch', '2026-06-01T00:00:00.000Z', undefined, '2026-06-04T00:00:00.000Z'],
  [
    'a branch pushed to on its fifth day',
    '2026-06-06T00:00:00.000Z',
    '2026-06-01T00:00:00.000Z',
    '2026-06-09T00:00:00.000Z',
  ],
  [
    'a branch near its greatest age',
    '2026-06-13T00:00:00.000Z',
    '2026-06-01T00:00:00.000Z',
    '2026-06-15T00:00:00.000Z',
  ],
  ['a branch beyond it', '2026-07-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z', '2026-06-15T00:00:00.000Z'],
] as const;

for (const [what, now, createdAt, expected] of expiries) {
  test(`${what} expires at ${expected}`, () => {
    assert.equal(expiry(new Date(now), createdAt, ttl), expected);
  });
}

function branch(change: Partial<BranchLabels>): Branch {
  const labels: BranchLabels = {
    repositoryId: 42,
    subject: { kind: 'pull-request', number: 7 },
    headSha: 'a',
    baseRef: 'main',
    baselineId: 'one',
    createdAt: '2026-06-01T00:00:00.000Z',
    expiresAt: '2026-06-04T00:00:00.000Z',
    touched: false,
    ...change,
  };
  return { id: 'b', name: 'b', provider: 'memory', labels };
}

const early = new Date('2026-06-02T00:00:00Z');
const late = new Date('2026-06-15T00:00:00Z');
const reuses = [
  ['equal to its baseline', branch({}), 'one', early, 'keep', /still equals/],
  ['of another baseline', branch({}), 'two', early, 'reset', /moved from one to two/],
  ['touched', branch({ touched: true }), 'one', early, 'reset', /An earlier run began/],
  ['touched and of another baseline', branch({ touched: true }), 'two', early, 'reset', /moved/],
  ['at its greatest age', branch({}), 'one', late, 'replace', /greatest age/],
  ['at its greatest age and touched', branch({ touched: true }), 'two', late, 'replace', /greatest age/],
] as const;

for (const [what, found, wantedBaselineId, now, action, reason] of reuses) {
  test(`a branch ${what}: ${action}`, () => {
    const decided = decideReuse({ branch: found, wantedBaselineId, baselineKind: 'schema', now, ttl });
    assert.equal(decided.action, action);
    assert.match(decided.reason, reason);
  });
}

test('without a clock the age is not judged', () => {
  const decided = decideReuse({ branch: branch({}), wantedBaselineId: 'one', baselineKind: 'schema' });
  assert.equal(decided.action, 'keep');
});

test('the reason tells what a reset costs', () => {
  const touched = { branch: branch({ touched: true }), wantedBaselineId: 'one' };
  assert.match(decideReuse({ ...touched, baselineKind: 'synthetic' }).reason, /rows added by hand are lost/);
  assert.match(decideReuse({ ...touched, baselineKind: 'schema' }).reason, /built again/);
});

test('certainly stale is what expired over an hour ago, longest past first, and no more than twenty at once', () => {
  const now = new Date('2026-06-04T12:00:00.000Z');
  const expired = (hours: number) =>
    branch({ expiresAt: new Date(now.getTime() - hours * HOUR).toISOString() });
  const fresh = [expired(-1), expired(0), expired(1), branch({ expiresAt: 'soon' })];
  assert.deepEqual(certainlyStale(fresh, now), []);
  const old = [expired(2), expired(30), expired(1.01)];
  assert.deepEqual(certainlyStale([...fresh, ...old], now), [old[1], old[0], old[2]]);
  const many = Array.from({ length: 30 }, (_, index) => expired(2 + index));
  assert.deepEqual(certainlyStale(many, now), many.toReversed().slice(0, 20));
});

test('a retargeted pull request is told in the reason of the reset', () => {
  const moved = { wantedBaselineId: 'two', baselineKind: 'schema', baseRef: 'release' } as const;
  const reset = decideReuse({ branch: branch({}), ...moved });
  assert.equal(reset.action, 'reset');
  assert.match(
    reset.reason,
    /goes into release now and went into main before\. The baseline moved from one to two/,
  );
  assert.doesNotMatch(decideReuse({ branch: branch({}), ...moved, baseRef: 'main' }).reason, /goes into/);
  const kept = decideReuse({ branch: branch({}), ...moved, wantedBaselineId: 'one' });
  assert.equal(kept.action, 'keep', 'what equals its baseline is of use on any base');
});
