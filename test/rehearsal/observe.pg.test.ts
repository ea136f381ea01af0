import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '../../src/postgres/connection.ts';
import { dbmateMigrations, NO_TRANSACTION, sqlMigrations } from '../support/migrations.ts';
import { heldMs, lockList, one, prepared, rehearsed, SHOP, watched } from './support.ts';

test('each statement shows the locks that it took anew, held until the transaction ends', async () => {
  const facts = await prepared(SHOP);
  const statements = await watched(
    facts,
    await sqlMigrations(
      `create index orders_customer on orders (customer_id);
       alter table orders add column total int;
       select pg_sleep(0.3);
       alter table orders add constraint c foreign key (customer_id) references customers;`,
    ),
  );
  const [index, column, pause, foreignKey] = statements;
  assert.deepEqual(lockList(index), ['public.orders ShareLock']);
  assert.deepEqual(lockList(column), ['public.orders AccessExclusiveLock']);
  assert.deepEqual(lockList(pause), []);
  assert.ok(
    lockList(foreignKey).includes('public.customers ShareRowExclusiveLock'),
    lockList(foreignKey).join(),
  );
  assert.ok(heldMs(index, 'public.orders') >= heldMs(column, 'public.orders'));
  assert.ok(heldMs(column, 'public.orders') >= 300);
  assert.ok(heldMs(foreignKey, 'public.customers') < 300);
  assert.ok((pause?.durationMs ?? 0) >= 300);
  assert.deepEqual(index?.builds, ['public.orders_customer']);
  assert.deepEqual(foreignKey?.scans, ['public.orders']);
  assert.ok(statements.every(({ sampled }) => !sampled));
});

test('SET NOT NULL scans, a change of type rewrites and builds the indexes anew', async () => {
  const facts = await prepared(SHOP);
  const [notNull, type, plain] = await watched(
    facts,
    await sqlMigrations(
      `alter table orders alter column note set not null;
       alter table orders alter column id type bigint;
       alter table orders add column later text;`,
    ),
  );
  assert.deepEqual([notNull?.scans, notNull?.rewrites, notNull?.builds], [['public.orders'], [], []]);
  assert.deepEqual(lockList(notNull)[0], 'public.orders AccessExclusiveLock');
  assert.deepEqual(type?.rewrites, ['public.orders']);
  assert.ok(type?.builds.includes('public.orders_pkey'));
  assert.deepEqual([plain?.scans, plain?.rewrites, plain?.builds], [[], [], []]);
});

test('rows are counted; a truncated table is not rewritten; new tables lock nobody out', async () => {
  const facts = await prepared(SHOP);
  const statements = await watched(
    facts,
    await sqlMigrations(
      `update orders set note = '' where id <= 10;
       truncate orders;
       create schema s;
       create table s.fresh (id int primary key);
       insert into s.fresh values (1), (2);`,
    ),
  );
  assert.deepEqual(
    statements.map(({ rows }) => rows),
    [10, undefined, undefined, undefined, 2],
  );
  assert.deepEqual(statements[1]?.rewrites, []);
  assert.ok(lockList(statements[1]).includes('public.orders AccessExclusiveLock'));
  assert.deepEqual(lockList(statements[3]), []);
  assert.deepEqual(statements[3]?.builds, ['s.fresh_pkey']);
});

test('outside a transaction a plain statement is still seen exactly', async () => {
  const facts = await prepared(SHOP);
  const [alter, exact] = await watched(
    facts,
    await sqlMigrations(
      `${NO_TRANSACTION}alter table orders alter column id type bigint;
       alter table orders add column quick int;`,
    ),
  );
  assert.equal(alter?.sampled, false);
  assert.deepEqual(alter?.rewrites, ['public.orders']);
  assert.ok(lockList(alter).includes('public.orders AccessExclusiveLock'));
  assert.deepEqual(lockList(exact), ['public.orders AccessExclusiveLock']);
});

test('CREATE INDEX CONCURRENTLY runs bare and its locks are sampled', async () => {
  const facts = await prepared(SHOP);
  // A snapshot that is still open keeps the build waiting, so that there is something to sample.
  const holder = await openConnection(facts, { applicationName: 'holder' });
  await holder.script('begin; lock table orders in row exclusive mode');
  const freed = sleep(400).then(() => holder.close());
  const [index] = await watched(
    facts,
    await dbmateMigrations(
      ' transaction:false\ncreate index concurrently orders_customer on orders (customer_id);',
    ),
  );
  await freed;
  assert.equal(index?.sampled, true);
  assert.deepEqual(index?.builds, ['public.orders_customer']);
  assert.ok(lockList(index).includes('public.orders ShareUpdateExclusiveLock'), lockList(index).join());
  assert.ok((index?.durationMs ?? 0) >= 200);
  assert.ok(heldMs(index, 'public.orders') >= 200);
});

test('VACUUM FULL outside a transaction is seen to rewrite', async () => {
  const facts = await prepared(SHOP);
  const [vacuum] = await watched(facts, await sqlMigrations(`${NO_TRANSACTION}vacuum full orders;`));
  assert.deepEqual(vacuum?.rewrites, ['public.orders']);
  assert.ok(vacuum?.builds.includes('public.orders_pkey'));
  assert.equal(vacuum?.sampled, true);
});

test('BEGIN and COMMIT inside the file bound the hold time', async () => {
  const facts = await prepared(SHOP);
  const statements = await watched(
    facts,
    await sqlMigrations(
      `${NO_TRANSACTION}begin;
       alter table orders add column a int;
       commit;
       select pg_sleep(0.5);
       alter table customers add column b int;`,
    ),
  );
  assert.deepEqual(lockList(statements[1]), ['public.orders AccessExclusiveLock']);
  assert.ok(heldMs(statements[1], 'public.orders') < 500);
  assert.deepEqual(lockList(statements[4]), ['public.customers AccessExclusiveLock']);
});

test('a wrapped file that commits goes on outside a transaction, still watched', async () => {
  const facts = await prepared(SHOP);
  const statements = await watched(
    facts,
    await sqlMigrations('create table a (); commit; alter table orders add column a int; vacuum orders;'),
  );
  assert.deepEqual(lockList(statements[2]), ['public.orders AccessExclusiveLock']);
  assert.deepEqual(
    statements.map(({ sampled }) => sampled),
    [false, false, false, true],
  );
});

test('a lock goes with its savepoint', async () => {
  const facts = await prepared(SHOP);
  const statements = await watched(
    facts,
    await sqlMigrations(
      `savepoint s;
       lock table orders in access exclusive mode;
       rollback to s;
       select pg_sleep(0.5);
       lock table orders in access exclusive mode;`,
    ),
  );
  assert.ok(heldMs(statements[1], 'public.orders') < 500);
  assert.deepEqual(lockList(statements[4]), ['public.orders AccessExclusiveLock']);
});

test('an isolation level may be set: looking takes no snapshot before it', async () => {
  const facts = await prepared(SHOP);
  await watched(
    facts,
    await sqlMigrations('set transaction isolation level serializable; alter table orders add column a int;'),
  );
});

test('a migration that silences the server is still seen', async () => {
  const facts = await prepared(
    `${SHOP} create function quiet() returns void language plpgsql set client_min_messages to error as
     $$ begin alter table orders alter column id type bigint; end $$;`,
  );
  const [, scan, reset, again, quiet] = await watched(
    facts,
    await sqlMigrations(
      `set client_min_messages to error;
       alter table orders alter column note set not null;
       reset all;
       alter table orders alter column customer_id set not null;
       select quiet();`,
    ),
  );
  assert.deepEqual(scan?.scans, ['public.orders']);
  assert.equal(reset?.locks.length, 0);
  assert.deepEqual(again?.scans, ['public.orders']);
  assert.deepEqual(quiet?.rewrites, ['public.orders']);
});

test('neither role nor search path nor timeouts reach the next migration', async () => {
  const facts = await prepared(
    `${SHOP} create schema hidden; create role nobody_in_particular;
     grant create, usage on schema public to nobody_in_particular;`,
  );
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      "set search_path to hidden; set role nobody_in_particular; set statement_timeout to '800ms'; reset role;",
      'create table mine (); select pg_sleep(0.9); alter table orders add column a int;',
    ),
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.deepEqual(await one(facts, `select to_regclass('public.mine')::text as t`), { t: 'mine' });
  assert.deepEqual(lockList(result.migrations[1]?.statements[2]), ['public.orders AccessExclusiveLock']);
});

test('what the observer costs is not the statement’s time', async () => {
  const facts = await prepared(SHOP);
  const statements = await watched(facts, await sqlMigrations('lock table orders; '.repeat(200)));
  assert.equal(statements.length, 200);
  const sum = statements.reduce((total, { durationMs }) => total + durationMs, 0);
  assert.ok(heldMs(statements[0], 'public.orders') < sum + 1000);
});

test('a migration of 10 MB is rehearsed; evidence keeps the head of its text', async () => {
  const facts = await prepared('create table big (t text);');
  const [insert] = await watched(
    facts,
    await sqlMigrations(`insert into big values ('${'é'.repeat(5_000_000)}');`),
  );
  assert.equal(insert?.rows, 1);
  assert.equal(insert?.sql.length, 10_001);
  assert.deepEqual(await one(facts, 'select length(t) as n from big'), { n: 5_000_000 });
});
