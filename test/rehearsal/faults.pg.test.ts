import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { dbmate } from '../../src/migrations/dbmate.ts';
import type { Migration } from '../../src/migrations/migration.ts';
import { prisma } from '../../src/migrations/prisma.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { startServer } from '../../src/postgres/server.ts';
import type { RehearsalRequest } from '../../src/rehearsal/rehearse.ts';
import { dbmateMigrations, NO_TRANSACTION, prismaMigrations, sqlMigrations } from '../support/migrations.ts';
import { testBinaries } from '../support/postgres.ts';
import { connected, lockList, one, prepared, rehearsed, SHOP } from './support.ts';

/** The only migration's record, which must have failed. */
async function failing(
  facts: ConnectionFacts,
  migrations: readonly Migration[],
  more: Partial<RehearsalRequest> = {},
) {
  const result = await rehearsed(facts, migrations, more);
  assert.equal(result.status, 'failed', JSON.stringify(result));
  const record = result.migrations.at(-1);
  assert.ok(record);
  return record;
}

async function passing(facts: ConnectionFacts, migrations: readonly Migration[]) {
  const result = await rehearsed(facts, migrations);
  assert.equal(result.status, 'passed', JSON.stringify(result));
  return result;
}

const HALF = `create table a ();
create table b ();
select 1 / 0;
create table c ();`;
const LEFT = `select to_regclass('a')::text as a, to_regclass('b')::text as b, to_regclass('c')::text as c`;
const NOTHING = { a: null, b: null, c: null };
const ROLLED_BACK =
  /^All that m\/\S+ did was rolled back, so the database is as it was before it\. Mend the file and rehearse again\.$/;

test('failed half-way in the tool’s transaction: all is undone', async () => {
  const facts = await prepared('');
  const { state } = await failing(facts, await sqlMigrations(HALF));
  assert.match(state ?? '', ROLLED_BACK);
  assert.deepEqual(await one(facts, LEFT), NOTHING);
});

test('failed half-way as one message: all is undone', async () => {
  const facts = await prepared('');
  const { state } = await failing(facts, await prismaMigrations(HALF), { history: prisma.history });
  assert.match(state ?? '', ROLLED_BACK);
  assert.deepEqual(await one(facts, LEFT), NOTHING);
});

test('failed half-way with each statement by itself: what came before stands and is named', async () => {
  const facts = await prepared('');
  const { state } = await failing(facts, await sqlMigrations(`${NO_TRANSACTION}${HALF}`));
  assert.match(
    state ?? '',
    /^Of m\/1\.sql, 2 statements stand \(lines 2, 3\), and the history does not record it as applied\. Where this happens in production, /,
  );
  assert.deepEqual(await one(facts, LEFT), { a: 'a', b: 'b', c: null });
  assert.deepEqual(await one(facts, 'select count(*)::int as n from pullgres_migrations'), { n: 0 });
});

test('failed half-way with transactions of its own: what was committed stands', async () => {
  for (const [text, stands, left] of [
    ['create table a (); begin; create table b (); select 1 / 0; commit;', 1, { a: 'a', b: null, c: null }],
    ['begin; create table a (); create table b (); commit; select 1 / 0;', 2, { a: 'a', b: 'b', c: null }],
    ['begin; create table a (); rollback; create table b (); select 1 / 0;', 1, { a: null, b: 'b', c: null }],
  ] as const) {
    const facts = await prepared('');
    const { state } = await failing(facts, await sqlMigrations(`${NO_TRANSACTION}${text}`));
    assert.match(state ?? '', new RegExp(`^Of m/1\\.sql, ${stands} statements? stands? \\(line 2\\)`));
    assert.deepEqual(await one(facts, LEFT), left, text);
  }
});

test('a wrapped file that commits in its middle keeps what it committed', async () => {
  const facts = await prepared('');
  const text = 'create table a (); commit; create table b (); select 1 / 0;';
  const { state } = await failing(facts, await sqlMigrations(text));
  assert.match(state ?? '', /^Of m\/1\.sql, 2 statements stand \(line 1\)/);
  assert.deepEqual(await one(facts, LEFT), { a: 'a', b: 'b', c: null });
});

test('a file that cannot be read has run nothing', async () => {
  const { state } = await failing(await prepared(''), await sqlMigrations('create table a (); selec 1;'));
  assert.match(state ?? '', /^Nothing of m\/1\.sql was run/);
});

test('COMMIT inside a DO block: what it committed stands when it fails later', async () => {
  const facts = await prepared('');
  const block = `do $$ begin create table a (); commit; perform 1 / 0; end $$;`;
  const { state, problem } = await failing(facts, await sqlMigrations(`${NO_TRANSACTION}${block}`));
  assert.equal(problem?.message, 'division by zero');
  assert.match(
    state ?? '',
    /^Of m\/1\.sql, what the refused statement itself committed stands, and the history/,
  );
  assert.deepEqual(await one(facts, LEFT), { a: 'a', b: null, c: null });
  const inside = await failing(await prepared(''), await sqlMigrations(block));
  assert.equal(inside.problem?.code, '2D000');
  assert.match(inside.state ?? '', ROLLED_BACK);
});

test('COMMIT inside a DO block that goes well is sampled through all its transactions', async () => {
  const facts = await prepared(SHOP);
  const block = `do $$ begin
    lock table orders in share mode; perform pg_sleep(0.3); commit;
    lock table customers in exclusive mode; perform pg_sleep(0.3); commit; end $$;`;
  const { migrations } = await passing(facts, await sqlMigrations(`${NO_TRANSACTION}${block}`));
  assert.deepEqual(lockList(migrations[0]?.statements[0]), [
    'public.customers ExclusiveLock',
    'public.orders ShareLock',
  ]);
});

test('a migration that drops its own history outside a transaction: what stands is said', async () => {
  const facts = await prepared('');
  const { state, problem } = await failing(
    facts,
    await dbmateMigrations(' transaction:false\ndrop table schema_migrations;'),
    { history: dbmate.history },
  );
  assert.match(problem?.message ?? '', /^The history could not be written: /);
  assert.match(
    state ?? '',
    /^Of m\/1\.sql, 1 statement stands \(line 2\), and the history does not record it as applied\./,
  );
});

test('a deadlock with another session is told by the server’s own words, and rolled back', async () => {
  const facts = await prepared(SHOP);
  const other = await openConnection(facts, { applicationName: 'application' });
  try {
    await other.script("set deadlock_timeout to '60s'; begin; update customers set id = id where id = 1");
    const running = failing(
      facts,
      await sqlMigrations('alter table orders add column a int; alter table customers add column a int;'),
    );
    await whenAwaited(facts, 'customers');
    const [{ problem, state, statements }] = await Promise.all([
      running,
      other.script('update orders set id = id'),
    ]);
    assert.equal(problem?.code, '40P01');
    assert.match(problem?.message ?? '', /^deadlock detected \(Process \d+ waits for AccessExclusiveLock/);
    assert.match(state ?? '', ROLLED_BACK);
    assert.match(statements[1]?.waits?.[0]?.blockers.join() ?? '', /^pid \d+ \(application\)$/);
  } finally {
    await other.close();
  }
});

async function whenAwaited(facts: ConnectionFacts, relation: string): Promise<void> {
  const query = `select count(*)::int as n from pg_locks where relation = '${relation}'::regclass and not granted`;
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await one(facts, query))?.n === 1) return;
    await sleep(50);
  }
  throw new Error('nobody waits');
}

test('limits leave the database as it was, and say for whom was waited', async () => {
  const facts = await prepared(SHOP);
  const holder = await openConnection(facts, { applicationName: '' });
  try {
    await holder.script('begin; select count(*) from orders');
    const limits = { statementTimeoutMs: 60_000, lockTimeoutMs: 800 };
    const { state, statements } = await failing(
      facts,
      await sqlMigrations('create table a (); alter table orders add column a int;'),
      { limits },
    );
    assert.match(state ?? '', ROLLED_BACK);
    const [wait] = statements[1]?.waits ?? [];
    assert.deepEqual(wait?.blockers, [`pid ${holder.processId}`]);
    assert.ok((wait?.ms ?? 0) >= 300 && (wait?.ms ?? 0) < 5000, JSON.stringify(wait));
  } finally {
    await holder.close();
  }
});

test('SET ROLE holds until the migration’s end and does not reach the next', async () => {
  const facts = await prepared(
    `${SHOP} drop role if exists pullgres_low; create role pullgres_low; grant usage, create on schema public to pullgres_low;`,
  );
  const { problem, state } = await failing(
    facts,
    await sqlMigrations('set role pullgres_low; create table a ();'),
  );
  assert.match(
    problem?.message ?? '',
    /^The history could not be written: permission denied for table pullgres_migrations$/,
  );
  assert.match(state ?? '', ROLLED_BACK);
  const text = 'set role pullgres_low; create table a (); alter table a add column n int; reset role;';
  await passing(facts, await sqlMigrations(text, 'alter table orders add column a int;'));
  const owner = "select pg_get_userbyid(relowner) as owner from pg_class where relname = 'a'";
  assert.deepEqual(await one(facts, owner), { owner: 'pullgres_low' });
});

test('what a session keeps goes with its migration: variables, advisory locks, prepared statements, temporary tables', async () => {
  const facts = await prepared(SHOP);
  const keep = `${NO_TRANSACTION}set my.variable to 'kept';
    select pg_advisory_lock(4711);
    prepare kept as select 1; execute kept;
    create temp table kept (id int); insert into kept values (1);
    listen kept; notify kept, 'it';`;
  const look = `do $$ begin
      assert coalesce(current_setting('my.variable', true), '') = '';
      assert to_regclass('pg_temp.kept') is null;
      assert not exists (select from pg_prepared_statements);
      assert pg_try_advisory_lock(4711);
    end $$;`;
  const { migrations } = await passing(facts, await sqlMigrations(keep, look));
  assert.deepEqual(
    migrations[0]?.statements.map(({ sampled, locks }) => [sampled, locks]),
    migrations[0]?.statements.map(({ sampled }) => [sampled, []]),
  );
});

test('NOTIFY arrives when the migration is committed, and not when it fails', async () => {
  const facts = await prepared('');
  const { password, ...server } = facts;
  const listener = new Client({ ...server, password: password.reveal() });
  const heard: (string | undefined)[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload));
  await listener.connect();
  try {
    await listener.query('listen news');
    await failing(facts, await sqlMigrations("notify news, 'lost'; select 1 / 0;"));
    await passing(facts, await sqlMigrations("notify news, 'told';"));
    await listener.query('select 1');
    assert.deepEqual(heard, ['told']);
  } finally {
    await listener.end();
  }
});

test('PREPARE TRANSACTION, which the server does not allow, is a refusal with its hint', async () => {
  const facts = await prepared('');
  const { problem, state } = await failing(
    facts,
    await sqlMigrations(`${NO_TRANSACTION}begin; create table a (); prepare transaction 'p';`),
  );
  assert.match(problem?.message ?? '', /prepared transactions are disabled/);
  assert.match(state ?? '', ROLLED_BACK);
  assert.deepEqual(await one(facts, LEFT), NOTHING);
});

test('a prepared transaction that a migration leaves keeps the next one waiting, and is named', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pullgres-prepared-'));
  const settings = { max_prepared_transactions: '2' };
  const { facts, stop } = await startServer({ binaries: await testBinaries(), directory, settings });
  try {
    await connected(facts, (connection) => connection.script(SHOP));
    const result = await rehearsed(
      facts,
      await sqlMigrations(
        `${NO_TRANSACTION}begin; alter table orders add column a int; prepare transaction 'p';`,
        'alter table orders add column b int;',
      ),
      { limits: { statementTimeoutMs: 60_000, lockTimeoutMs: 800 } },
    );
    const [first, second] = result.migrations;
    assert.deepEqual([first?.outcome, second?.problem?.code], ['applied', '55P03']);
    assert.deepEqual(second?.statements[0]?.waits?.[0]?.blockers, ['a prepared transaction']);
  } finally {
    await stop();
    await rm(directory, { recursive: true, force: true });
  }
});

test('temporary tables that end with the transaction, and others of their name, are watched as ever', async () => {
  const facts = await prepared(SHOP);
  const { migrations } = await passing(
    facts,
    await sqlMigrations(
      'create temp table t on commit drop as select * from orders; update orders set note = t.note from t where t.id = orders.id; create table t (id int);',
    ),
  );
  assert.deepEqual(lockList(migrations[0]?.statements[1])[0], 'public.orders RowExclusiveLock');
  assert.deepEqual(lockList(migrations[0]?.statements[2]), []);
});

test('lines of pg_dump’s \\restrict are no SQL and run nothing', async () => {
  const facts = await prepared('');
  const { migrations } = await passing(
    facts,
    await sqlMigrations('\\restrict aBcD123\n\ncreate table a ();\n\n\\unrestrict aBcD123\n'),
  );
  assert.equal(migrations[0]?.statements.length, 1);
  assert.deepEqual(await one(facts, LEFT), { ...NOTHING, a: 'a' });
});

test('a second database is made outside a transaction, and refused inside one', async () => {
  const facts = await prepared('');
  const name = `${facts.database}_second`;
  const create = `create database ${name};`;
  assert.equal((await failing(facts, await sqlMigrations(create))).problem?.code, '25001');
  try {
    const { migrations } = await passing(facts, await sqlMigrations(`${NO_TRANSACTION}${create}`));
    assert.equal(migrations[0]?.statements[0]?.sampled, true);
  } finally {
    await connected(facts, (connection) => connection.script(`drop database if exists ${name}`));
  }
});
