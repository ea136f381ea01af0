import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { junitOf, type TestWish, testOptions } from '../../src/operations/test-options.ts';
import { policySchema } from '../../src/policy/schema.ts';

const policyOf = (tests: Record<string, unknown>) => policySchema.parse({ tests });

test('what the workflow asks for comes before the policy', () => {
  const policy = policyOf({
    command: 'npm test',
    junit: 'p/{shard}.xml',
    timeout: '1m',
    shards: 3,
    'old-code': true,
    'old-code-setup': 'npm ci',
  });
  assert.deepEqual(testOptions(policy, {}), {
    command: 'npm test',
    junit: 'p/{shard}.xml',
    timeoutMs: 60_000,
    shards: 3,
    shardIndex: undefined,
    oldCode: { setup: 'npm ci' },
  });
  const wish = { command: 'make', junit: 'w.xml', shards: 2, shardIndex: 2, oldCode: false };
  assert.deepEqual(testOptions(policy, wish), {
    command: 'make',
    junit: 'w.xml',
    timeoutMs: 60_000,
    shards: 2,
    shardIndex: 2,
    oldCode: undefined,
  });
  assert.equal(testOptions(policyOf({}), { command: 'make' }).shards, 1);
});

test('what would clash or cannot be is refused', () => {
  const cases: readonly [TestWish, RegExp][] = [
    [{}, /no test command/],
    [{ command: 'x', shards: 2, junit: 'one.xml' }, /2 shards would all write the test report one\.xml/],
    [{ command: 'x', shards: 2, shardIndex: 3 }, /shard 3 is none of the 2/],
    [{ command: 'x', shardIndex: 2 }, /shard 2 is none of the 1/],
  ];
  for (const [wish, says] of cases) {
    assert.throws(
      () => testOptions(policyOf({}), wish),
      (error: unknown) => error instanceof UserError && says.test(error.message) && error.hint !== undefined,
    );
  }
  for (const wish of [
    { command: 'x', shards: 2 },
    { command: 'x', shards: 2, junit: 'r/{shard}.xml' },
    { command: 'x', shards: 2, shardIndex: 2, junit: 'one.xml' },
    { command: 'x', shards: 1, junit: 'one.xml' },
  ]) {
    testOptions(policyOf({}), wish);
  }
  for (const shards of [0, 65, 1.5]) assert.throws(() => policyOf({ shards }));
});

test('each shard has a report of its own', () => {
  const options = testOptions(policyOf({}), { command: 'x', shards: 2, junit: '{shard}/r-{shard}.xml' });
  assert.equal(junitOf(options, 2), '2/r-2.xml');
});
