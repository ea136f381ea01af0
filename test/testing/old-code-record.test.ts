import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SchemaChange, testsSchema } from '../../src/evidence/schema.ts';
import { explain } from '../../src/testing/explain.ts';
import { oldCodeRecord } from '../../src/testing/old-code-record.ts';
import { findComplaint } from '../../src/testing/server-words.ts';
import { testsOf } from '../support/evidence.ts';

const change = (deed: SchemaChange['change'], kind: string, name: string, was?: string): SchemaChange => ({
  change: deed,
  kind,
  name,
  ...(was === undefined ? {} : { was }),
  removed: [],
  added: [],
});

const CHANGES: readonly SchemaChange[] = [
  change('dropped', 'column', 'public.orders.note'),
  change('renamed', 'column', 'public.orders.remark', 'public.orders.comment'),
  change('dropped', 'column', 'public.orders.state'),
  change('dropped', 'column', 'public.items.state'),
  change('dropped', 'table', 'shop.old'),
  change('renamed', 'table', 'public.clients', 'public.customers'),
  change('created', 'column', 'public.orders.email'),
  change('altered', 'column', 'public.items.price'),
  change('created', 'constraint', 'orders_total_check on public.orders'),
  change('created', 'index', 'public.orders_number_key'),
  change('dropped', 'function', 'public.total(integer)'),
];

const EXPLAINED: readonly [message: string, words: string][] = [
  ['column "note" does not exist', 'there is no column `note`, which this change dropped'],
  ['column o.note does not exist', 'there is no column `o.note`, which this change dropped'],
  [
    'column "note" of relation "orders" does not exist',
    'there is no column `orders.note`, which this change dropped',
  ],
  [
    'column orders.comment does not exist',
    'there is no column `orders.comment`, which this change renamed to `public.orders.remark`',
  ],
  // Two tables lost one of this name, and an alias says of neither.
  ['column o.state does not exist', 'there is no column `o.state`'],
  ['column items.state does not exist', 'there is no column `items.state`, which this change dropped'],
  ['column "email" does not exist', 'there is no column `email`'],
  ['relation "old" does not exist', 'there is no table `old`, which this change dropped'],
  ['relation "shop.old" does not exist', 'there is no table `shop.old`, which this change dropped'],
  ['relation "other.old" does not exist', 'there is no table `other.old`'],
  [
    'relation "customers" does not exist',
    'there is no table `customers`, which this change renamed to `public.clients`',
  ],
  [
    'null value in column "email" of relation "orders" violates not-null constraint',
    'a value is required for the column `orders.email`, which this change added',
  ],
  [
    'null value in column "price" of relation "items" violates not-null constraint',
    'a value is required for the column `items.price`, which this change altered',
  ],
  [
    'new row for relation "orders" violates check constraint "orders_total_check"',
    'a row is refused by the check `orders_total_check`, which this change added',
  ],
  [
    'duplicate key value violates unique constraint "orders_number_key"',
    'a row is refused by the unique constraint `orders_number_key`, which this change added',
  ],
  [
    'duplicate key value violates unique constraint "orders_pkey"',
    'a row is refused by the unique constraint `orders_pkey`',
  ],
  [
    'function total(integer) does not exist',
    'there is no function `total(integer)`, which this change dropped',
  ],
  ['column "a`b" does not exist', 'there is no column `aˋb`'],
];

for (const [message, words] of EXPLAINED) {
  test(`in words: ${message}`, () => {
    const complaint = findComplaint(message);
    assert.ok(complaint);
    assert.equal(explain(complaint, CHANGES), words);
  });
}

test('what is no complaint of the server’s is none', () => {
  for (const text of [
    '',
    'expected 3 to equal 4',
    'the column note does not exist',
    'relation "a\nb" does not exist',
  ]) {
    assert.equal(findComplaint(text), undefined, text);
  }
});

test('of several complaints the first in the text counts', () => {
  const text = 'relation "b" does not exist, then column "a" does not exist';
  assert.equal(findComplaint(text)?.name, 'b');
});

const commit = '0123456789abcdef0123456789abcdef01234567';
const record = (changes: Parameters<typeof testsOf>[0]) =>
  oldCodeRecord({ commit, record: testsOf(changes), tail: [], schema: CHANGES });
const counts = { passed: 3, failed: 1, errored: 0, skipped: 0 };

test('a failed test names what it misses, and so does the reason', () => {
  const found = record({
    status: 'failed',
    counts,
    failures: [{ name: 'lists orders', message: 'error: column o.note does not exist\n  at list.js:3' }],
  });
  assert.equal(found.status, 'failed');
  assert.equal(
    found.reason,
    '1 of 4 tests of commit 0123456789ab fail on the migrated schema: there is no column `o.note`, which this change dropped.',
  );
  assert.equal(
    found.failures[0]?.message,
    'There is no column `o.note`, which this change dropped.\nerror: column o.note does not exist\n  at list.js:3',
  );
  testsSchema.parse({ ...testsOf(), oldCode: found });
});

test('without a report the output must show that the database refused, else nothing is proved', () => {
  const failed = testsOf({
    status: 'failed',
    reason: 'The test command exited with code 1.',
    counts: undefined,
    failures: [],
  });
  const silent = oldCodeRecord({ commit, record: failed, tail: ['Cannot find module pg'], schema: CHANGES });
  assert.equal(silent.status, 'unproven');
  assert.match(silent.reason ?? '', /exited with code 1\. Nothing shows .* old-code-setup/);
  const told = oldCodeRecord({
    commit,
    record: failed,
    tail: ['x', 'ERROR: relation "old" does not exist'],
    schema: CHANGES,
  });
  assert.equal(told.status, 'failed');
  assert.match(
    told.reason ?? '',
    /fail on the migrated schema: there is no table `old`, which this change dropped\.$/,
  );
});

test('passed and unproven stay what they are', () => {
  assert.deepEqual(record({ status: 'passed', counts, failures: [], durationMs: 5 }), {
    status: 'passed',
    commit,
    durationMs: 5,
    counts,
    failures: [],
  });
  const unproven = record({ status: 'unproven', reason: 'no report', counts: undefined, failures: [] });
  assert.deepEqual([unproven.status, unproven.reason], ['unproven', 'no report']);
});
