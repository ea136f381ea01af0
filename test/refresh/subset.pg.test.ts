import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingOf } from '../../src/masking/keys.ts';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import { tableKey } from '../../src/masking/source.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { proveRows } from '../../src/refresh/carried.ts';
import { tableName } from '../../src/refresh/copy-table.ts';
import { loadRows, type TableRecord } from '../../src/refresh/pipeline.ts';
import { openSourceSession, openTargetSession } from '../../src/refresh/source-session.ts';
import { freshDatabase } from '../support/postgres.ts';
import { hashed, onDatabase, openTestSource, testKeys, testPlan, type Wishes } from '../support/refresh.ts';

type Case = {
  readonly what: string;
  readonly tables: string;
  /** Added at the source before its rows are masked, and at the target after they came: it must hold there. */
  readonly keys: string;
  readonly rows: string;
  readonly wishes: Wishes;
  readonly links?: Wishes;
  /** A query on the target, and its one row. */
  readonly query: string;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly pruned?: Readonly<Record<string, readonly { rule: string; rows: number }[]>>;
};

const SETTING = settingOf('test');

const CASES: readonly Case[] = [
  {
    what: 'children and grandchildren of those left out, NULL keys stay',
    tables: `create table users (id int primary key, created date); create table orders (id int primary key, user_id int); create table items (id int, order_id int)`,
    keys: `alter table orders add constraint o_u foreign key (user_id) references users; alter table items add constraint i_o foreign key (order_id) references orders`,
    rows: `insert into users select i, date '2026-01-01' + i from generate_series(1, 100) i;
      insert into orders select i, case when i % 10 = 0 then null else i % 100 + 1 end from generate_series(1, 500) i;
      insert into items select i, i % 500 + 1 from generate_series(1, 1000) i`,
    wishes: { 'public.users': { subset: `"created" > date '2026-01-01' + 50` } },
    query: `select (select count(*)::int from users) as users, (select count(*)::int from orders) as orders, (select count(*)::int from orders where user_id is null) as free, (select count(*)::int from items) as items`,
    expected: { users: 50, orders: 275, free: 50, items: 550 },
  },
  {
    what: 'composite keys, quoted names, a key of citext, an emptied parent, a condition that is NULL',
    tables: `create schema ext; create extension if not exists citext schema ext;
      create table "P ""1" ("a b" int, code ext.citext, keep bool, primary key ("a b", code));
      create table c (id int, x int, y ext.citext); create table gone (id int primary key); create table g (id int, gone_id int)`,
    keys: `alter table c add foreign key (x, y) references "P ""1"; alter table g add foreign key (gone_id) references gone`,
    rows: `insert into "P ""1" values (1, 'Aa', true), (1, 'Bb', false), (2, 'Aa', null); insert into c values (1, 1, 'aA'), (2, 1, 'bB'), (3, 2, 'AA'), (4, null, 'zz');
      insert into gone values (1); insert into g values (1, 1), (2, null)`,
    wishes: { 'public.P "1': { subset: '"keep"' }, 'public.gone': { rows: 'empty' } },
    query: `select (select string_agg(id::text, ',' order by id) from c) as c, (select string_agg(id::text, ',' order by id) from g) as g, (select count(*)::int from "P ""1") as p`,
    expected: { c: '1,4', g: '2', p: 1 },
  },
  {
    what: 'a tree, whose subtrees go with their root',
    tables: 'create table tree (id int primary key, up int, keep bool)',
    keys: 'alter table tree add constraint up_key foreign key (up) references tree deferrable initially deferred',
    rows: 'insert into tree select i, nullif(i / 2, 0), i <> 2 from generate_series(1, 127) i',
    wishes: { 'public.tree': { subset: '"keep"' } },
    query: 'select count(*)::int as n, bool_and(id = 1 or up is not null) as held from tree',
    expected: { n: 64, held: true },
    pruned: { '"public"."tree"': [{ rule: 'up_key', rows: 62 }] },
  },
  {
    what: 'a cycle of two tables, and a third that hangs on it',
    tables: `create table a (id int primary key, b_id int, keep bool); create table b (id int primary key, a_id int); create table c (id int, b_id int)`,
    keys: `alter table a add constraint a_b foreign key (b_id) references b deferrable; alter table b add constraint b_a foreign key (a_id) references a; alter table c add constraint c_b foreign key (b_id) references b`,
    rows: `begin; insert into b select i, null from generate_series(1, 50) i; insert into a select i, i, i > 3 from generate_series(1, 50) i;
      update b set a_id = id % 50 + 1; insert into c select i, i from generate_series(1, 50) i; commit`,
    wishes: { 'public.a': { subset: '"keep"' } },
    // b(50) -> a(1) is left out, so a(50) and all before it go, down to a(4), whose b(3) -> a(4) goes too.
    query:
      'select (select count(*)::int from a) as a, (select count(*)::int from b) as b, (select count(*)::int from c) as c',
    expected: { a: 0, b: 0, c: 0 },
  },
  {
    what: 'partitioned tables on both sides',
    tables: `create table p (id int, k int, primary key (id)) partition by range (id); create table p1 partition of p for values from (0) to (50); create table p2 partition of p for values from (50) to (100);
      create table q (id int, p_id int, at int) partition by range (at); create table q1 partition of q for values from (0) to (50); create table q2 partition of q for values from (50) to (100)`,
    keys: 'alter table q add constraint q_p foreign key (p_id) references p',
    rows: 'insert into p select i, i from generate_series(0, 99) i; insert into q select i, i % 100, i % 100 from generate_series(1, 300) i',
    wishes: { 'public.p1': { subset: '"k" >= 10' }, 'public.p2': { subset: '"k" < 90' } },
    query: 'select (select count(*)::int from p) as p, (select count(*)::int from q) as q',
    expected: { p: 80, q: 240 },
  },
  {
    what: 'links: a plain one whose orphans stay, and a polymorphic one',
    tables: `create table posts (id int primary key, keep bool); create table photos (id int primary key); create table comments (id int, kind text, on_id int); create table marks (id int, post int)`,
    keys: '',
    rows: `insert into posts select i, i % 2 = 0 from generate_series(1, 10) i; insert into photos select generate_series(1, 10);
      insert into comments select i, 'Post', i from generate_series(1, 10) i; insert into comments select i + 10, 'Photo', i from generate_series(1, 10) i;
      insert into marks values (1, 1), (2, 2), (3, 999)`,
    wishes: {
      'public.posts': { subset: '"keep"' },
      'public.comments': {
        links: [
          {
            name: 'on_post',
            columns: ['on_id'],
            references: tableKey('public', 'posts'),
            referencedColumns: ['id'],
            validated: true,
            declared: false,
            when: `"kind" = 'Post'`,
          },
        ],
      },
      'public.marks': {
        links: [
          {
            name: 'of_post',
            columns: ['post'],
            references: tableKey('public', 'posts'),
            referencedColumns: ['id'],
            validated: true,
            declared: false,
          },
        ],
      },
    },
    query: `select (select count(*)::int from comments where kind = 'Post') as posts, (select count(*)::int from comments where kind = 'Photo') as photos, (select string_agg(id::text, ',' order by id) from marks) as marks`,
    expected: { posts: 5, photos: 10, marks: '2,3' },
  },
  {
    what: 'masked keys, which follow one another',
    tables:
      'create table users (mail text primary key, keep bool); create table letters (id int, to_mail text)',
    keys: 'alter table letters add foreign key (to_mail) references users',
    rows: "insert into users select 'u' || i, i % 4 = 0 from generate_series(1, 40) i; insert into letters select i, 'u' || (i % 40 + 1) from generate_series(1, 400) i",
    wishes: {
      'public.users': { subset: '"keep"', masks: { mail: hashed(SETTING, '"mail"') } },
      'public.letters': { masks: { to_mail: hashed(SETTING, '"to_mail"') } },
    },
    query: "select count(*)::int as n, bool_and(to_mail ~ '^[0-9a-f]{64}$') as masked from letters",
    expected: { n: 100, masked: true },
  },
];

function tableKeyOf(name: string, { tables }: MaskPlan): string {
  return [...tables].find(([, plan]) => tableName(plan) === name)?.[0] ?? assert.fail(name);
}

async function refresh(
  from: ConnectionFacts,
  to: ConnectionFacts,
  wishes: Wishes,
): Promise<readonly TableRecord[]> {
  const source = await openTestSource(from);
  try {
    const plan = testPlan(source.schema, wishes);
    const keys = testKeys(plan);
    const records = await loadRows({ source, target: to, plan, keys, workers: 2 });
    const target = await openTargetSession(to, undefined);
    const from = await openSourceSession(source, keys, undefined);
    const pruned = new Map(
      records.map(({ table, pruned = [] }) => [
        tableKeyOf(table, plan),
        pruned.reduce((n, { rows }) => n + rows, 0),
      ]),
    );
    const { schema } = source;
    const proved = await proveRows({ plan, schema, source: from, target, pruned, seed: 1 });
    await Promise.all([target.close(), from.close()]);
    assert.deepEqual([proved.status, proved.problems], ['proved', []]);
    return records;
  } finally {
    await source.close();
  }
}

describe('a subset keeps every reference whole', () => {
  for (const { what, tables, keys, rows, wishes, query, expected, pruned } of CASES)
    it(what, async () => {
      const [from, to] = [await freshDatabase(), await freshDatabase()];
      await onDatabase(from, (connection) =>
        connection.script(
          `${tables}; ${rows.includes('begin;') ? '' : rows};${keys};${rows.includes('begin;') ? rows : ''}`,
        ),
      );
      await onDatabase(to, (connection) => connection.script(tables));
      const records = await refresh(from, to, wishes);
      await onDatabase(to, async (connection) => {
        await connection.script(keys);
        assert.deepEqual((await connection.query(query)).rows[0], expected);
        for (const { table, copiedRows } of records) {
          const { rows: counted } = await connection.query(`select count(*)::int as n from ${table}`);
          assert.equal(counted[0]?.n, copiedRows, table);
        }
      });
      for (const [table, expectedRules] of Object.entries(pruned ?? {}))
        assert.deepEqual(records.find((record) => record.table === table)?.pruned, expectedRules);
    });

  it('samples by the key, the same rows each time and the same ids in each table', async () => {
    const tables =
      'create table users (id int primary key); create table profiles (id int primary key); create table visits (user_id int)';
    const [from, to, again] = [await freshDatabase(), await freshDatabase(), await freshDatabase()];
    await onDatabase(from, (connection) =>
      connection.script(`${tables}; insert into users select generate_series(1, 4000); insert into profiles select generate_series(1, 4000); insert into visits select i from generate_series(1, 4000) i;
        alter table visits add foreign key (user_id) references users`),
    );
    for (const facts of [to, again]) {
      await onDatabase(facts, (connection) => connection.script(tables));
      await refresh(from, facts, { 'public.users': { sample: 0.1 }, 'public.profiles': { sample: 0.1 } });
    }
    const sums = await Promise.all(
      [to, again].map((facts) =>
        onDatabase(facts, async (connection) => {
          const { rows } = await connection.query(
            `select (select count(*)::int from users) as n, (select md5(string_agg(id::text, ',' order by id)) from users) as users, (select md5(string_agg(id::text, ',' order by id)) from profiles) as profiles, (select count(*)::int from visits) as visits`,
          );
          return rows[0];
        }),
      ),
    );
    assert.deepEqual(sums[0], sums[1]);
    assert.equal(sums[0]?.users, sums[0]?.profiles);
    assert.equal(sums[0]?.visits, sums[0]?.n);
    // Six standard deviations about 400.
    assert.ok(Number(sums[0]?.n) > 286 && Number(sums[0]?.n) < 514, String(sums[0]?.n));
  });
});
