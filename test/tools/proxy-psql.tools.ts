import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { libpqEnvironment } from '../../src/postgres/url.ts';
import { client, proxied, psql, recorded, shown } from '../rehearsal/proxy-support.ts';
import { one, prepared, SHOP, watched } from '../rehearsal/support.ts';
import { NO_TRANSACTION, sqlMigrations } from '../support/migrations.ts';

const MIGRATION = `
set lock_timeout = '3s';
begin;
alter table orders alter column note set not null;
alter table orders alter column id type bigint;
create index orders_customer on orders (customer_id);
alter table orders add constraint orders_customer_fk foreign key (customer_id) references customers;
savepoint s;
create table audit (id int primary key, order_id bigint references orders);
release savepoint s;
commit;
create index concurrently orders_note_two on orders (note, id);
update orders set note = note || '!' where id < 100;
drop index concurrently orders_note;
truncate audit;`;

test('psql through the proxy shows what the native way shows, by statement', async (t) => {
  const native = await watched(await prepared(SHOP), await sqlMigrations(NO_TRANSACTION + MIGRATION));
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const run = await client(proxy.facts, 'psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1'], { input: MIGRATION });
  assert.equal(run.stderr, '');
  assert.equal(run.code, 0);
  // What runs outside a transaction is sampled, and a quick statement may be over before the first look.
  const exact = (statements: Parameters<typeof shown>[0]) =>
    shown(statements).map((statement) => (statement.sampled ? { ...statement, locks: [] } : statement));
  assert.deepEqual(exact(recorded(proxy)), exact(native));
  assert.equal(native.length, 14);
});

test('one message of several statements is one transaction, and one answer', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const several = 'alter table orders add column a int; create index oa on orders (a); select 7';
  assert.deepEqual(await psql(proxy.facts, several), { code: 0, stdout: '7\n', stderr: '' });
  const broken = await psql(proxy.facts, 'alter table orders add column b int;  select née; select 1');
  assert.equal(broken.code, 1);
  assert.match(
    broken.stderr,
    /ERROR: {2}42703: column "née" does not exist\nLINE 1: .*select née; select 1\n {53}\^/,
  );
  const begun =
    'alter table orders add column c int; begin; alter table orders add column d int; rollback; select 1';
  assert.equal((await psql(proxy.facts, begun)).stdout, '1\n');
  const refused = await psql(proxy.facts, 'alter table orders add column e int; vacuum orders');
  assert.match(refused.stderr, /25001: VACUUM cannot run inside a transaction block/);
  const { columns } =
    (await one(
      facts,
      "select string_agg(attname, ',' order by attnum) as columns from pg_attribute where attrelid = 'orders'::regclass and attnum > 0",
    )) ?? {};
  assert.equal(columns, 'id,customer_id,note,a');
  const [first, second] = shown(recorded(proxy));
  assert.deepEqual(first?.locks, ['public.orders AccessExclusiveLock']);
  assert.deepEqual(second?.builds, ['public.oa']);
});

test('COPY goes both ways, and is watched', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-test-copy-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'orders.csv');
  assert.equal((await psql(proxy.facts, `\\copy orders to ${file} csv`)).code, 0);
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 20_001);
  const copied = await psql(proxy.facts, 'truncate orders', `\\copy orders from ${file} csv`);
  assert.equal(copied.stderr, '');
  assert.deepEqual(await one(facts, 'select count(*)::int as n, max(note) as last from orders'), {
    n: 20_000,
    last: 'note 9999',
  });
  const rows = recorded(proxy).filter(({ sql }) => /^COPY/i.test(sql));
  assert.deepEqual(
    rows.map((statement) => [statement.rows, statement.sampled]),
    [
      [20_000, false],
      [20_000, false],
    ],
  );
  const input = 'copy orders from stdin;\n1\t1\tone\n2\tnot a number\ttwo\n\\.\nselect 5;\n';
  const broken = await client(proxy.facts, 'psql', ['-X', '-q', '-A', '-t'], { input });
  assert.match(broken.stderr, /invalid input syntax for type integer/);
  assert.equal(broken.stdout, '5\n', 'the session goes on');
});

test('Ctrl-C in psql cancels the statement through the proxy', async (t) => {
  const proxy = await proxied(t, await prepared(SHOP));
  const env = { ...process.env, ...libpqEnvironment(proxy.facts) };
  const child = spawn('psql', ['-X', '-c', 'select pg_sleep(60)'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (recorded(proxy).length === 0) await sleep(20);
  await sleep(200);
  child.kill('SIGINT');
  await ended;
  assert.match(complaint, /canceling statement due to user request/);
});

test('messages below what the client asked for stay with us, and client_min_messages reads as the client set it', async (t) => {
  const proxy = await proxied(t, await prepared(SHOP));
  const index = (name: string) => `create index ${name} on orders (note)`;
  assert.equal((await psql(proxy.facts, index('one'))).stderr, '');
  assert.equal((await psql(proxy.facts, 'show client_min_messages')).stdout, 'notice\n');
  const asked = await psql(
    proxy.facts,
    'set client_min_messages = warning',
    "select current_setting('client_min_messages')",
    index('two'),
    "do $$ begin raise notice 'not heard'; raise warning 'heard'; end $$",
  );
  assert.equal(asked.stdout, 'warning\n');
  assert.match(asked.stderr, /^WARNING: {2}01000: heard\n/);
  assert.doesNotMatch(asked.stderr, /not heard|building index/);
  const all = await psql(proxy.facts, 'set client_min_messages = debug1', index('three'));
  assert.match(all.stderr, /DEBUG: .*building index "three"/);
  const reset = await psql(proxy.facts, 'discard all', index('four'));
  assert.equal(reset.stderr, '');
  const builds = recorded(proxy).flatMap((statement) => statement.builds);
  assert.deepEqual(builds, ['public.one', 'public.two', 'public.three', 'public.four']);
});

test('two sessions at once that wait for each other', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const holder = psql(
    proxy.facts,
    'begin',
    'lock table orders in access exclusive mode',
    'select pg_sleep(1.5)',
    'commit',
  );
  while (recorded(proxy).length < 3) await sleep(20);
  const waiter = await psql(proxy.facts, 'alter table orders add column late int');
  assert.equal((await holder).code, 0);
  assert.equal(waiter.stderr, '');
  const late = recorded(proxy).find(({ sql }) => sql.includes('late'));
  assert.ok((late?.durationMs ?? 0) > 500, `${late?.durationMs}`);
  assert.deepEqual(
    late?.locks.map(({ mode }) => mode),
    ['AccessExclusiveLock'],
  );
  const held = recorded(proxy).find(({ sql }) => sql.startsWith('lock'))?.locks[0];
  assert.ok((held?.heldMs ?? 0) > 1_400, 'held to the end of its transaction');
});

test('a client that silences the server by a name in pieces is still seen', async (t) => {
  const facts = await prepared(SHOP);
  const proxy = await proxied(t, facts);
  const silent = (commands: string) => `do $$ begin ${commands} end $$`;
  const inPieces = "set_config('client_min_' || 'messages', 'error', false)";
  const { code } = await psql(
    proxy.facts,
    `select ${inPieces}`,
    'alter table orders alter note set not null',
    silent(`perform ${inPieces};`),
    'create index late on orders (note)',
  );
  assert.equal(code, 0);
  const statements = recorded(proxy);
  assert.deepEqual(statements.find(({ sql }) => sql.startsWith('alter'))?.scans, ['public.orders']);
  assert.deepEqual(statements.find(({ sql }) => sql.startsWith('create'))?.builtOn, ['public.orders']);
});

const EVIL = `language plpgsql as $$ begin execute 'alter table orders alter id type bigint'; return 1; end $$`;
const shadows: readonly [name: string, make: string, use: string][] = [
  ['a function', `create function lower(int) returns int ${EVIL}`, 'select lower(1)'],
  [
    'an operator',
    `create function e(int, text) returns int ${EVIL}; create operator + (leftarg = int, rightarg = text, function = e)`,
    "select 1 + 'a'::text",
  ],
  [
    'a temporary view',
    `create function e() returns int ${EVIL}; create temp view pg_class as select e() as a`,
    'select * from pg_class',
  ],
  [
    'a domain',
    `create function e(int) returns int ${EVIL}; create domain d as int check (e(value) = 1)`,
    'select 1::d',
  ],
];
for (const [name, make, use] of shadows)
  test(`work under the name of the server’s own is watched: ${name}`, async (t) => {
    const proxy = await proxied(t, await prepared(SHOP));
    const run = await psql(proxy.facts, 'select lower($$A$$)', make, use, 'select lower($$A$$)');
    assert.equal(run.stderr.replaceAll(/^NOTICE.*\n/gm, ''), '');
    const found = recorded(proxy).find(({ sql }) => sql === use);
    assert.deepEqual(found?.rewrites, ['public.orders']);
  });

test('what a function locks that the same transaction has made is told, and a plain look is not', async (t) => {
  const proxy = await proxied(t, await prepared(SHOP));
  const make = `create function lower(int) returns int ${EVIL}`;
  await psql(proxy.facts, 'begin', 'select relname from pg_class limit 1', make, 'select lower(1)', 'commit');
  const [, , look, ...others] = recorded(proxy);
  assert.equal(look?.sql, 'select lower(1)');
  assert.ok(look?.locks.some(({ mode }) => mode === 'AccessExclusiveLock'));
  assert.deepEqual(
    others.map(({ sql }) => sql),
    ['commit'],
  );
});

test('a trigger that does something else at the fifth row is seen, though the statement is like those before', async (t) => {
  const proxy = await proxied(t, await prepared(SHOP));
  const insert = (id: number) => `insert into customers values (${id})`;
  const { stderr } = await psql(
    proxy.facts,
    `create function at_fifth() returns trigger language plpgsql as $$ begin
       if new.id = 905 then execute 'alter table orders alter id type bigint'; end if; return new; end $$`,
    'create trigger each_row before insert on customers for each row execute function at_fifth()',
    ...[901, 902, 903, 904, 905].map(insert),
  );
  assert.equal(stderr, '');
  assert.deepEqual(recorded(proxy).find(({ sql }) => sql === insert(905))?.rewrites, ['public.orders']);
});
