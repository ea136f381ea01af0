import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drizzle } from '../../src/migrations/drizzle.ts';
import { graphileMigrate } from '../../src/migrations/graphile-migrate.ts';
import { sqitch } from '../../src/migrations/sqitch.ts';
import { listed, ordered, sent } from './tools.ts';

const HEAD = '--! Previous: -\n--! Hash: sha1:957c1c2203f8fd357f77cd8417c5ce7214012563\n';

ordered(
  graphileMigrate,
  {
    'committed/000010.sql': HEAD,
    'committed/000009-more.sql': HEAD,
    'committed/readme.sql': '',
    'current.sql': 'select 1;',
    'afterReset.sql': '',
  },
  [
    ['000009', 'committed/000009-more.sql'],
    ['000010', 'committed/000010.sql'],
    ['current', 'current.sql'],
  ],
);
ordered(graphileMigrate, { 'committed/1.sql': HEAD, 'current/10-b.sql': '', 'current/9-a.sql': '' }, [
  ['1', 'committed/1.sql'],
  ['current/9', 'current/9-a.sql'],
  ['current/10', 'current/10-b.sql'],
]);
sent(graphileMigrate, 'committed/000001.sql', [
  [`${HEAD}\ncreate table a (i int);\n`, 'file'],
  [`${HEAD}\n--! no-transaction\ncreate index concurrently on a (i);\n`, 'implicit'],
  [`${HEAD}--! Message: index\n\n--! no-transaction\nselect 1;\n`, 'implicit'],
  [`${HEAD}\nselect 1;\n--! no-transaction\n`, 'file'],
]);

test('graphile-migrate: what is being written may be edited, what is committed may not', async () => {
  const list = await listed(graphileMigrate, {
    'committed/000001.sql': HEAD,
    'current.sql': '--! no-transaction\nselect 1;',
  });
  assert.deepEqual(
    list.map(({ repeatable, transaction }) => [repeatable, transaction]),
    [
      [false, 'file'],
      [true, 'implicit'],
    ],
  );
});

const JOURNAL = JSON.stringify({
  dialect: 'postgresql',
  entries: [
    { idx: 0, when: 1, tag: '0000_z', breakpoints: true },
    { idx: 1, when: 2, tag: '0001_a', breakpoints: true },
  ],
});

ordered(
  drizzle,
  { 'meta/_journal.json': JOURNAL, '0000_z.sql': '', '0001_a.sql': '', '0002_not_named.sql': '' },
  [
    ['0000_z', '0000_z.sql'],
    ['0001_a', '0001_a.sql'],
  ],
);

const drizzleRefusals: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
  [{ 'meta/_journal.json': JOURNAL, '0000_z.sql': '' }, /m\/0001_a\.sql is missing/],
  [{ 'meta/_journal.json': '{' }, /m\/meta\/_journal\.json is no journal/],
  [{ 'meta/_journal.json': '{"entries":[{"tag":1}]}' }, /is no journal/],
  [{ 'meta/_journal.json': 'null' }, /is no journal/],
];
for (const [files, message] of drizzleRefusals)
  test(`drizzle: refused, ${message}`, async () => {
    await assert.rejects(listed(drizzle, files), { name: 'UserError', message });
  });

const PLAN = `%syntax-version=1.0.0
%project=app

users 2024-01-01T00:00:00Z Ann <ann@example.org> # users
orders [users] 2024-01-02T00:00:00Z Ann <ann@example.org> # orders
@v1.0 2024-01-03T00:00:00Z Ann <ann@example.org> # first release

# a note of its own
users [users@v1.0] 2024-01-04T00:00:00Z Ann <ann@example.org> # users again
`;

ordered(
  sqitch,
  {
    'sqitch.plan': PLAN,
    'deploy/users.sql': '',
    'deploy/users@v1.0.sql': '',
    'deploy/orders.sql': '',
    'deploy/loose.sql': '',
  },
  [
    ['users@v1.0', 'deploy/users@v1.0.sql'],
    ['orders', 'deploy/orders.sql'],
    ['users', 'deploy/users.sql'],
  ],
);

test('sqitch: scripts keep their own BEGIN, and revert is the way down', async () => {
  const plan = '%project=app\n\na 2024-01-01T00:00:00Z x <x@example.org>\n';
  const files = { 'sqitch.plan': plan, 'deploy/a.sql': 'BEGIN;\nCOMMIT;\n', 'revert/a.sql': 'DROP TABLE a;' };
  const [one] = await listed(sqitch, files);
  assert.deepEqual([one?.transaction, one?.down?.text], ['none', 'DROP TABLE a;']);
  await assert.rejects(listed(sqitch, { 'sqitch.plan': plan }), {
    name: 'UserError',
    message: /m\/deploy\/a\.sql is missing/,
  });
});
