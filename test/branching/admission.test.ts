import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Full,
  fullQuota,
  type Holder,
  namedHolders,
  quotaError,
} from '../../src/branching/admission.ts';

const HOUR = 3_600_000;
const now = new Date('2026-06-10T12:00:00.000Z');

function holder(number: number, changes: Partial<Holder> = {}): Holder {
  return {
    repositoryId: 42,
    subject: { kind: 'pull-request', number },
    baselineId: 'shop',
    createdAt: new Date(now.getTime() - number * HOUR).toISOString(),
    author: 'robin',
    repository: 'acme/shop',
    name: `pullgres_42_pr_${number}`,
    state: 'ready',
    ...changes,
  };
}

const identity = { repositoryId: 42, subject: { kind: 'pull-request', number: 99 } } as const;
const three = [holder(1), holder(2, { author: 'sam' }), holder(3, { repositoryId: 43, author: 'robin' })];

const cases: readonly (readonly [string, Parameters<typeof fullQuota>, Full['limit'] | undefined, number])[] =
  [
    ['nothing is limited', [{ identity, author: 'robin' }, three], undefined, 0],
    [
      'room for one more',
      [{ identity, author: 'robin', quota: { repository: 3, total: 4, author: 2 } }, three],
      undefined,
      0,
    ],
    ['the repository', [{ identity, author: 'kim', quota: { repository: 2 } }, three], 'repository', 2],
    ['the server', [{ identity, quota: { repository: 3, total: 3 } }, three], 'total', 3],
    [
      'the author, without case, in this repository',
      [{ identity, author: 'ROBIN', quota: { author: 1 } }, three],
      'author',
      1,
    ],
    ['an author who is not known is not limited', [{ identity, quota: { author: 1 } }, three], undefined, 0],
    [
      'its own remains do not count',
      [{ identity: holder(1), quota: { repository: 2 } }, three],
      undefined,
      0,
    ],
    ['bytes', [{ identity, quota: { bytes: 99 } }, three, { held: 60, more: 40 }], 'bytes', 60],
    [
      'bytes that just fit',
      [{ identity, quota: { bytes: 100 } }, three, { held: 60, more: 40 }],
      undefined,
      0,
    ],
    ['bytes that nobody measured', [{ identity, quota: { bytes: 1 } }, three], undefined, 0],
  ];

for (const [what, given, limit, held] of cases) {
  test(`quota: ${what}`, () => {
    const full = fullQuota(...given);
    assert.equal(full?.limit, limit);
    if (full) assert.equal(full.held, held);
  });
}

test('a refusal names at most ten: the oldest, or the largest where bytes are short', () => {
  const holders = Array.from({ length: 14 }, (_, index) => holder(index + 1));
  const sizes = new Map(holders.map(({ name }, index) => [name, index === 0 ? 5_000_000_000 : 1024]));
  const full: Full = { limit: 'repository', most: 14, held: 14, holders };
  const named = namedHolders(full, sizes);
  assert.deepEqual(
    named.map(({ subject }) => subject.kind === 'pull-request' && subject.number),
    [14, 13, 12, 11, 10, 9, 8, 7, 6, 5],
  );
  const {
    message,
    hint = '',
    status,
    retryable,
  } = quotaError(full, { identity, author: 'kim' }, { named, sizes, now });
  assert.deepEqual([status, retryable], ['quota', false]);
  assert.match(message, /quota of 14 branches of this repository is full: 14 are there/);
  assert.match(hint, /pull request 14 of acme\/shop \(robin, 14 h old, 1 kB\); .*; and 4 more\.$/);
  const [largest] = namedHolders({ ...full, limit: 'bytes' }, sizes);
  assert.equal(largest?.name, 'pullgres_42_pr_1');
});

test('a holder whose time is over is marked, and how one is removed is told', () => {
  const over = holder(1, { expiresAt: new Date(now.getTime() - 5 * HOUR).toISOString() });
  const alive = holder(2, { expiresAt: new Date(now.getTime() + HOUR).toISOString() });
  const full: Full = { limit: 'repository', most: 2, held: 2, holders: [over, alive] };
  const { hint = '' } = quotaError(full, { identity }, { named: [over, alive], sizes: new Map(), now });
  assert.match(hint, /pull request 1 of acme\/shop \(robin, 1 h old, expired 5 h ago\)/);
  assert.match(hint, /pull request 2 of acme\/shop \(robin, 2 h old\)/);
  assert.match(hint, /node dist\/cli\.mjs branch remove --repository OWNER\/NAME --pull-request NUMBER/);
});

test('another repository is told by its number alone', () => {
  const stranger = holder(1, {
    repositoryId: 43,
    repository: 'acme/secret-plan',
    createdAt: '2026-06-01T00:00:00.000Z',
  });
  const full: Full = { limit: 'total', most: 1, held: 1, holders: [stranger] };
  const { hint = '' } = quotaError(full, { identity }, { named: [stranger], sizes: new Map(), now });
  assert.match(hint, /pull request 1 of repository 43 \(9 days old\)/);
  assert.doesNotMatch(hint, /secret|robin/);
});
