import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { rehearsalSchema } from '../../src/evidence/rehearsal-schema.ts';
import { type DeployInput, deployPlan, type Step } from '../../src/rehearsal/deploy-plan.ts';
import { transactionNumbers } from '../../src/rehearsal/transaction-groups.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { observedOf, placeOf } from '../support/evidence.ts';

before(loadParser);

const orders = 'public.orders';
const users = 'public.users';

function step(line: number, changes: Partial<Step>): Step {
  return {
    ...observedOf({ place: placeOf('m/1.sql', line, 'x', line) }),
    kind: 'AlterTableStmt',
    ...changes,
  };
}

function lock(relation: string, mode: Step['locks'][number]['mode'], heldMs: number) {
  return { relation, mode, heldMs };
}

function plan(transactions: readonly (readonly Step[])[], more: Partial<DeployInput> = {}) {
  const deploy = deployPlan({
    migrations: [{ file: 'm/1.sql', durationMs: 5000, transactions }],
    existing: new Set([orders, users, 'public.users_1']),
    isPartitioned: () => false,
    parentsOf: (relation) => (relation === 'public.users_1' ? [users] : []),
    rates: new Map(),
    isWhole: true,
    isEmpty: () => false,
    ...more,
  });
  rehearsalSchema.shape.deploy.parse(deploy);
  return deploy;
}

const exclusive = (line: number, relation: string, heldMs: number) =>
  step(line, { locks: [lock(relation, 'AccessExclusiveLock', heldMs)] });

test('holds of one transaction overlap, those of several add up', () => {
  const share = step(1, { locks: [lock(orders, 'ShareLock', 900)] });
  const upgrade = exclusive(2, orders, 400);
  const { tables } = plan([
    [share, upgrade],
    [exclusive(3, orders, 50), exclusive(4, 'public.new', 999)],
  ]);
  assert.deepEqual(tables, [{ relation: orders, mode: 'AccessExclusiveLock', heldMs: 950 }]);
});

test('what blocks nobody needs no plan', () => {
  const weak = step(1, { locks: [lock(orders, 'RowExclusiveLock', 9000)] });
  assert.deepEqual(plan([[weak]]), {
    tables: [],
    advice: ['No table that existed before is blocked for 100 ms or longer.'],
  });
});

test('that nothing is blocked is said of a whole run only, and of these rows where a table is empty', () => {
  const short = [[exclusive(1, orders, 5)]];
  const [first, ...rest] = plan(short, { isEmpty: (relation) => relation === orders }).advice;
  assert.equal(
    first,
    'No table that existed before is blocked for 100 ms or longer on these rows; `public.orders` is empty here, which says nothing of production.',
  );
  assert.deepEqual(plan(short, { isWhole: false }).advice, rest);
});

test('each migration says what it blocks, in order', () => {
  const { advice } = plan([
    [exclusive(1, orders, 4200)],
    [step(2, { locks: [lock(users, 'ShareLock', 300)] })],
  ]);
  assert.equal(
    advice[0],
    '`m/1.sql` (5.0 s) blocks reads and writes of `public.orders` for 4.2 s and writes of `public.users` for 300 ms.',
  );
});

test('slow work on something else under a lock is to be moved', () => {
  const backfill = step(9, {
    kind: 'UpdateStmt',
    durationMs: 4100,
    locks: [lock(users, 'RowExclusiveLock', 4100)],
  });
  const { advice } = plan([[exclusive(3, orders, 4200), backfill]]);
  assert.equal(
    advice[1],
    'Split `m/1.sql`: line 3 takes AccessExclusiveLock on `public.orders` and keeps it for 4.1 s of other work, most of it in line 9. Move that work into a migration of its own.',
  );
});

const calm: readonly [name: string, transactions: readonly (readonly Step[])[]][] = [
  [
    'work on the same table',
    [[exclusive(3, orders, 4200), step(4, { durationMs: 4000, rewrites: [orders] })]],
  ],
  ['work before the lock', [[step(1, { durationMs: 4000 }), exclusive(3, orders, 10)]]],
  ['work in another transaction', [[exclusive(3, orders, 10)], [step(4, { durationMs: 4000 })]]],
  ['COMMIT', [[exclusive(3, orders, 10), step(4, { kind: 'TransactionStmt', durationMs: 500 })]]],
];

for (const [name, transactions] of calm) {
  test(`no split for ${name}`, () => {
    assert.ok(plan(transactions).advice.every((sentence) => !sentence.startsWith('Split')));
  });
}

test('two tables locked one after the other can deadlock; one statement, or a partition and its parent, cannot be parted', () => {
  const risk = plan([[exclusive(1, orders, 10), exclusive(4, users, 5)]]).advice;
  assert.ok(
    risk.some((sentence) =>
      sentence.startsWith(
        '`m/1.sql` locks `public.orders` (line 1) and then `public.users` (line 4) in one transaction',
      ),
    ),
    risk.join('\n'),
  );
  const foreignKey = step(1, {
    locks: [lock(orders, 'ShareRowExclusiveLock', 10), lock(users, 'ShareRowExclusiveLock', 10)],
  });
  const family = [exclusive(1, users, 10), exclusive(2, 'public.users_1', 10)];
  for (const steps of [[foreignKey], family]) {
    assert.ok(plan([steps]).advice.every((sentence) => !sentence.includes('deadlock')));
  }
});

test('a slow build under a lock is to be concurrent, but for a partitioned table', () => {
  const build = step(2, {
    kind: 'IndexStmt',
    durationMs: 3200,
    builds: ['public.i'],
    builtOn: [orders],
    locks: [lock(orders, 'ShareLock', 3300)],
  });
  assert.ok(
    plan([[build]]).advice.includes(
      'Use CREATE INDEX CONCURRENTLY for line 2 of `m/1.sql`, in a migration that runs outside a transaction: as it stands it blocks `public.orders` for 3.3 s.',
    ),
  );
  assert.ok(
    plan([[build]], { isPartitioned: () => true }).advice.every((each) => !each.includes('CONCURRENTLY')),
  );
  const parted = {
    ...build,
    locks: [lock(users, 'ShareLock', 900), lock('public.users_1', 'ShareLock', 900)],
  };
  assert.ok(
    plan([[parted]], { isPartitioned: (relation) => relation === users }).advice.every(
      (each) => !each.includes('CONCURRENTLY'),
    ),
  );
  assert.ok(plan([[{ ...build, durationMs: 20 }]]).advice.every((each) => !each.includes('CONCURRENTLY')));
});

test('lock_timeout is as long as the hold, and shorter where many would queue', () => {
  assert.equal(plan([[exclusive(1, orders, 3)]]).lockTimeoutMs, 500);
  assert.equal(plan([[exclusive(1, orders, 800)]]).lockTimeoutMs, 1000);
  assert.equal(plan([[exclusive(1, orders, 60_000)]]).lockTimeoutMs, 5000);
  const rates = new Map([[orders, { readsPerSecond: 4000, writesPerSecond: 500 }]]);
  const hot = plan([[exclusive(1, orders, 800)]], { rates });
  assert.equal(hot.lockTimeoutMs, 200);
  assert.equal(
    hot.advice.at(-1),
    'Set lock_timeout to 200 ms for the deploy, and try again when it gives up: the longest lock is held for 800 ms (`public.orders`), and a wait for it keeps all others waiting as well; about 900 queries of `public.orders` would queue in that time.',
  );
});

test('statements are parted into transactions as the tool sends them', () => {
  const cases: readonly ['file' | 'none' | 'implicit', string, readonly number[]][] = [
    ['file', 'select 1; select 2;', [0, 0]],
    ['file', 'select 1; commit; select 2; select 3;', [0, 0, 2, 3]],
    ['none', 'select 1; select 2;', [1, 2]],
    ['none', 'select 1; begin; select 2; commit; select 3;', [1, 2, 2, 2, 4]],
    ['implicit', 'select 1; select 2;', [0, 0]],
    ['implicit', 'select 1;', [1]],
    ['implicit', 'begin; select 1; commit; select 2; select 3;', [0, 0, 0, 1, 1]],
  ];
  for (const [mode, text, expected] of cases) {
    const parsed = parseSql(text, 'm.sql');
    assert.ok(parsed.ok);
    assert.deepEqual(transactionNumbers(mode, parsed.statements), expected, `${mode}: ${text}`);
  }
});
