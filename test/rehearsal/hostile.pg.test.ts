import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqlMigrations } from '../support/migrations.ts';
import { heldMs, lockList, prepared, rehearsed, SHOP, watched } from './support.ts';

const SILENT = "select set_config('client_min_' || 'messages', 'error', false)";
const silences: readonly [name: string, text: string][] = [
  ['a name in pieces', SILENT],
  ['an escaped name', 'set U&"client\\005fmin_messages" to error'],
  ['pg_settings', "update pg_settings set setting = 'error' where name = 'client_min_messages'"],
  ['a block', "do $$ begin execute 'set client_min' || '_messages to error'; end $$"],
];
for (const [name, text] of silences)
  test(`the server is heard again after a migration has silenced it by ${name}`, async () => {
    const statements = await watched(
      await prepared(SHOP),
      await sqlMigrations(`${text}; alter table orders alter note set not null; ${text};
        create index late on orders (note);`),
    );
    assert.deepEqual(statements[1]?.scans, ['public.orders']);
    assert.deepEqual(statements[3]?.builtOn, ['public.orders']);
  });

test('operators and types of the migration’s own, before the server’s, hide nothing', async () => {
  const statements = await watched(
    await prepared(SHOP),
    await sqlMigrations(
      `create function never(oid, oid) returns bool language sql immutable as 'select false';
       create function never(name, name) returns bool language sql immutable as 'select false';
       create function never(name, text) returns bool language sql immutable as 'select false';
       create operator public.= (leftarg = oid, rightarg = oid, function = never);
       create operator public.= (leftarg = name, rightarg = name, function = never);
       create operator public.!~ (leftarg = name, rightarg = text, function = never);
       create domain public.text as pg_catalog.int4;
       create domain public.oid as pg_catalog.int4;
       set search_path = public, pg_catalog;
       alter table orders alter note set not null;
       alter table orders add column z int default random();`,
    ),
  );
  const [scan, rewrite] = statements.slice(-2);
  assert.deepEqual(scan?.sequential, [{ relation: 'public.orders', scans: 1, rows: 20_000 }]);
  assert.deepEqual(rewrite?.rewrites, ['public.orders']);
});

test('a search_path set for the database does not reach the observer', async () => {
  const facts = await prepared(`${SHOP}
    create function never(name, text) returns bool language sql immutable as 'select false';
    create operator public.!~ (leftarg = name, rightarg = text, function = never);
    do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$;`);
  const [scan] = await watched(facts, await sqlMigrations('alter table orders alter note set not null;'));
  assert.deepEqual(lockList(scan), ['public.orders AccessExclusiveLock']);
  assert.deepEqual(scan?.sequential, [{ relation: 'public.orders', scans: 1, rows: 20_000 }]);
});

test('messages beyond count hide none of the server’s: the rehearsal is unproven', async () => {
  const text = `do $$ begin
    for i in 1..10001 loop raise debug 'rewriting table "a%"', i; end loop;
    alter table orders add check (id > 0); end $$;`;
  const { status, reason } = await rehearsed(await prepared(SHOP), await sqlMigrations(text));
  assert.deepEqual(
    [status, reason],
    ['unproven', 'The rehearsal stopped during m/1.sql: A statement gave more than 10000 messages.'],
  );
});

test('a lock that a block gives up before its end, inside a transaction, is seen', async () => {
  const text = `select 1;
    do $$ begin
      lock table orders in access exclusive mode; perform pg_sleep(0.3); raise exception 'undone';
    exception when others then null; end $$;
    select count(*) from customers;`;
  const [plain, block, read] = await watched(await prepared(SHOP), await sqlMigrations(text));
  assert.deepEqual(lockList(plain), []);
  assert.deepEqual(lockList(block), ['public.orders AccessExclusiveLock']);
  assert.ok(heldMs(block, 'public.orders') >= 300);
  assert.deepEqual(lockList(read), [
    'public.customers AccessShareLock',
    'public.customers_pkey AccessShareLock',
  ]);
});

const RENAMED: readonly [name: string, ...commands: string[]][] = [
  ['and back', 'orders rename to "public.o"', '"public.o" add check (id > 0)', '"public.o" rename to orders'],
  ['for good', 'orders rename to o', 'o add check (id > 0)'],
  ['after its work', 'orders add check (id > 0)', 'orders rename to o'],
];
for (const [name, ...commands] of RENAMED)
  test(`a table that a block renames ${name} is scanned by the name that others know`, async () => {
    const work = commands.map((command) => `execute 'alter table ${command}';`).join(' ');
    const [, block] = await watched(
      await prepared(SHOP),
      await sqlMigrations(`select 1; do $$ begin ${work} end $$;`),
    );
    assert.ok(block?.scans.includes('public.orders'), block?.scans.join());
    assert.ok(!block?.scans.includes('public.customers'));
  });

test('a message longer than the server’s own are is not kept', async () => {
  const text = `do $$ begin
    raise debug 'rewriting table "%"', repeat('a', 2000); raise debug 'rewriting table "short"'; end $$;`;
  const [block] = await watched(await prepared(SHOP), await sqlMigrations(text));
  assert.deepEqual(block?.rewrites, ['short']);
});
