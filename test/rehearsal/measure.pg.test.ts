import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../../src/postgres/connection.ts';
import { NO_TRANSACTION, sqlMigrations } from '../support/migrations.ts';
import { connected, lockList, one, prepared, rehearsed, SHOP, watched } from './support.ts';

/** Counters can be asked for from outside since 15. */
async function versionOf(facts: Parameters<typeof connected>[0]): Promise<number> {
  return connected(facts, async ({ serverVersion }) => serverVersion);
}

test('times of statements and locks count from the migration’s begin', async () => {
  const facts = await prepared(SHOP);
  const [pause, column, , second] = await watched(
    facts,
    await sqlMigrations(
      `select pg_sleep(0.3);
       alter table orders add column a int;
       select pg_sleep(0.2);
       alter table customers add column a int;`,
    ),
  );
  const [lock] = column?.locks ?? [];
  assert.ok((pause?.from ?? Number.NaN) < 300, String(pause?.from));
  assert.ok((column?.from ?? 0) >= 300);
  assert.equal(lock?.from, column?.from);
  assert.ok(Math.abs((lock?.to ?? 0) - (lock?.from ?? 0) - (lock?.heldMs ?? 0)) < 0.01);
  assert.ok((lock?.to ?? 0) >= 500);
  assert.ok((second?.from ?? 0) >= (column?.from ?? 0) + 200);
});

/** The server's own counting: each rewrite and each index build is one sequential scan of all rows. */
const SCANS: readonly (readonly [sql: string, scans: number | undefined, rows: number])[] = [
  ['alter table orders add column later int;', undefined, 0],
  ['alter table orders alter column note set not null;', 1, 20_000],
  ['alter table orders add constraint c check (id > 0);', 1, 20_000],
  ['create index on orders (customer_id);', 1, 20_000],
  // The rewrite, and then a build for each of its two indexes.
  ['alter table orders alter column id type bigint;', 3, 60_000],
  ["update orders set note = '' where note = 'note 7';", undefined, 0],
  ['update orders set customer_id = 1;', 1, 20_000],
];

for (const [sql, scans, rows] of SCANS) {
  test(`sequential scans of ${sql}`, async () => {
    const facts = await prepared(`${SHOP} analyze orders;`);
    const [statement] = await watched(facts, await sqlMigrations(sql));
    const expected = scans === undefined ? [] : [{ relation: 'public.orders', scans, rows }];
    assert.deepEqual(statement?.sequential, expected);
  });
}

test('scans are each statement’s own, also in the session’s later transactions', async () => {
  const facts = await prepared(SHOP);
  const [first, , , second, third] = await watched(
    facts,
    await sqlMigrations(
      `alter table orders alter column note set not null;
       commit; begin;
       alter table orders alter column customer_id set not null;
       alter table orders add check (id > 0), add check (customer_id > 0);`,
    ),
  );
  const scan = [{ relation: 'public.orders', scans: 1, rows: 20_000 }];
  const counted = (await versionOf(facts)) >= 15;
  assert.deepEqual(first?.sequential, scan);
  assert.deepEqual(second?.sequential, counted ? scan : undefined);
  assert.deepEqual(third?.sequential, counted ? scan : undefined);
});

test('rows that parallel workers read are counted, or none are told', async () => {
  const facts = await prepared(`${SHOP}
    insert into orders select n, 1, 'x' from generate_series(20001, 300000) n; analyze orders;`);
  const [, , index] = await watched(
    facts,
    await sqlMigrations(
      `set min_parallel_table_scan_size to 0; set max_parallel_maintenance_workers to 2;
       create index on orders (customer_id);`,
    ),
  );
  if ((await versionOf(facts)) < 15) return assert.equal(index?.sequential, undefined);
  assert.deepEqual(
    index?.sequential?.map(({ relation, rows }) => [relation, rows]),
    [['public.orders', 300_000]],
  );
});

test('outside a transaction scans are counted by the server’s totals', async () => {
  const facts = await prepared(SHOP);
  const [index] = await watched(
    facts,
    await sqlMigrations(`${NO_TRANSACTION}create index concurrently i on orders (customer_id);`),
  );
  if ((await versionOf(facts)) < 15) return assert.equal(index?.sequential, undefined);
  // It builds by one scan and looks for what came meanwhile by a second.
  assert.deepEqual(index?.sequential, [{ relation: 'public.orders', scans: 2, rows: 40_000 }]);
});

test('what was counted before the statement is not the statement’s scan', async () => {
  const facts = await prepared(SHOP);
  const scan = { relation: 'public.orders', scans: 1, rows: 20_000 };
  const text = 'alter table orders alter column note set not null;';
  const [alone] = await watched(facts, await sqlMigrations(`${NO_TRANSACTION}${text}`));
  assert.deepEqual([alone?.preflight?.length, alone?.preflight?.[0]?.rows], [1, 0]);
  assert.deepEqual(alone?.sequential, (await versionOf(facts)) >= 15 ? [scan] : undefined);
});

const TREE = `create table events (id int, at int) partition by range (at);
  create table events_1 partition of events for values from (0) to (10);
  create table events_2 partition of events for values from (10) to (30) partition by range (at);
  create table events_2a partition of events_2 for values from (10) to (20);
  create table events_2b partition of events_2 for values from (20) to (30);
  insert into events select n, n % 30 from generate_series(1, 3000) n;`;

test('all of a partition tree is locked and scanned; the partitions hold the rows', async () => {
  const facts = await prepared(TREE);
  const [notNull, index] = await watched(
    facts,
    await sqlMigrations('alter table events alter column id set not null; create index on events (id);'),
  );
  const names = ['', '_1', '_2', '_2a', '_2b'].map((end) => `public.events${end}`);
  assert.deepEqual(
    lockList(notNull),
    names.map((name) => `${name} AccessExclusiveLock`),
  );
  assert.deepEqual(notNull?.scans, ['public.events_1', 'public.events_2a', 'public.events_2b']);
  for (const statement of [notNull, index]) {
    assert.deepEqual(statement?.sequential, [
      { relation: 'public.events_1', scans: 1, rows: 1000 },
      { relation: 'public.events_2a', scans: 1, rows: 1000 },
      { relation: 'public.events_2b', scans: 1, rows: 1000 },
    ]);
  }
  assert.equal(index?.builds.length, 3);
});

test('temporary tables are nobody else’s: neither locks nor scans, also under a name that others use', async () => {
  const facts = await prepared(SHOP);
  const statements = await watched(
    facts,
    await sqlMigrations(
      `create temp table orders (id int, note text);
       insert into orders values (1, 'x');
       create index on orders (id);
       alter table orders alter column id type bigint;
       drop table orders;
       alter table orders add column real int;`,
    ),
  );
  for (const { sql, locks, rewrites, builds, builtOn, scans, sequential } of statements.slice(0, 5)) {
    assert.deepEqual(
      [locks, rewrites, builds, builtOn, scans, sequential],
      [[], [], [], undefined, [], []],
      sql,
    );
  }
  assert.deepEqual(lockList(statements[5]), ['public.orders AccessExclusiveLock']);
});

test('log, temporary files and blocks are measured', async () => {
  const facts = await prepared(SHOP);
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      "update orders set note = note || 'x'; set work_mem to '64kB'; select count(*) from (select note from orders order by id % 7, note offset 0) n; select 1;",
    ),
  );
  const [migration] = result.migrations;
  const [update, , , nothing] = migration?.statements ?? [];
  const row = await one(facts, "select pg_table_size('orders')::int as bytes");
  assert.ok((update?.walBytes ?? 0) > Number(row?.bytes) / 4, String(update?.walBytes));
  assert.ok((nothing?.walBytes ?? Number.NaN) < 100_000);
  assert.ok((migration?.walBytes ?? 0) >= (update?.walBytes ?? 0));
  if ((await versionOf(facts)) < 15) return assert.equal(migration?.blocks, undefined);
  assert.ok((migration?.tempBytes ?? 0) > 100_000, String(migration?.tempBytes));
  assert.ok((migration?.blocks?.hit ?? 0) > 20_000, JSON.stringify(migration?.blocks));
});

test('a statement says for whom it waited, and how far it is', async () => {
  const facts = await prepared(SHOP);
  const holder = await openConnection(facts, { applicationName: 'hostile\u202E ::error::' });
  const said: string[] = [];
  try {
    await holder.script('begin; lock table orders in row exclusive mode');
    const running = watched(
      facts,
      await sqlMigrations(`${NO_TRANSACTION}create index concurrently later on orders (note, customer_id);`),
      { onProgress: (message) => said.push(message) },
    );
    await until(() => said.some((message) => message.includes('waiting for pid')));
    await holder.script('commit');
    const [index] = await running;
    const [wait] = index?.waits ?? [];
    assert.equal(index?.waits?.length, 1);
    assert.match(wait?.blockers.join() ?? '', new RegExp(`^pid ${holder.processId} \\(hostile`));
    assert.ok((wait?.ms ?? 0) > 50 && (wait?.ms ?? 0) <= (index?.durationMs ?? 0), JSON.stringify(wait));
    const line = said.find((message) => message.includes('waiting for pid')) ?? '';
    assert.match(
      line,
      /^m\/1\.sql: building index later \(waiting for writers before build\), waiting for pid/,
    );
  } finally {
    await holder.close();
  }
});

async function until(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !isSo(); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(isSo());
}

test('a statement that waits for nobody and is soon over says neither', async () => {
  const said: string[] = [];
  const [statement] = await watched(await prepared(SHOP), await sqlMigrations('select 1;'), {
    onProgress: (message) => said.push(message),
  });
  assert.equal(statement?.waits, undefined);
  assert.deepEqual(said, ['Rehearsing m/1.sql.', 'm/1.sql: statement 1 of 1.']);
});

test('the build of an index is shown as it goes on, by the name in the statement', async () => {
  const facts = await prepared(`${SHOP}
    create function slow(int) returns int language plpgsql immutable parallel unsafe as
      $$ begin if $1 % 20 = 0 then perform pg_sleep(0.001); end if; return $1; end $$;`);
  const said: string[] = [];
  await watched(facts, await sqlMigrations('create index "orders slow" on orders (slow(id));'), {
    onProgress: (message) => said.push(message),
  });
  const lines = said.filter((message) => message.includes('building'));
  assert.ok(lines.length >= 1);
  for (const line of lines)
    assert.match(
      line,
      /^m\/1\.sql: building index orders slow: \d+ % \((scanning table|loading tuples in tree)\)$/,
    );
});

test('a limit that the migration sets holds for its statements and not for the looks, and stays as it set it', async () => {
  const facts = await prepared(SHOP);
  await watched(
    facts,
    await sqlMigrations(
      `${NO_TRANSACTION}begin; set statement_timeout to '4321ms'; alter table orders add column a int; commit;
       do $$ begin assert current_setting('statement_timeout') = '4321ms'; end $$;
       begin; set local statement_timeout to '1234ms'; alter table orders add column b int;
       do $$ begin assert current_setting('statement_timeout') = '1234ms'; end $$; commit;
       do $$ begin assert current_setting('statement_timeout') = '4321ms'; end $$;`,
    ),
  );
});

test('the snapshot of a serializable transaction is taken after its LOCK, not by the look', async () => {
  const facts = await prepared(SHOP);
  await watched(
    facts,
    await sqlMigrations(
      `${NO_TRANSACTION}begin isolation level repeatable read; lock table orders; set transaction read write; commit;`,
    ),
  );
});
