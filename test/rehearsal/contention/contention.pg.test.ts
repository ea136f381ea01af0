import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '../../../src/migrations/sql.ts';
import { startServer } from '../../../src/postgres/server.ts';
import { NO_TRANSACTION, sqlMigrations } from '../../support/migrations.ts';
import { testBinaries } from '../../support/postgres.ts';
import { connected, prepared, rehearsed, SHOP } from '../support.ts';
import { beside, sessionsLeft, started } from './support.ts';

const ORDERS = ['public.orders'];
/** Long enough that no noise of the machine is as long. */
const LONG = 'select pg_sleep(2.5);';
const LONG_MS = 2000;

/** Rounded before and after the stall is held against the locks. */
function assertNear(queued: number | undefined, expected: number): void {
  assert.ok(Math.abs((queued ?? Number.NaN) - expected) <= 1, `${queued}, not about ${expected}`);
}

test('a lock that keeps all out stalls readers and writers for as long as it is held', async () => {
  const facts = await prepared(SHOP);
  const rates = new Map([['public.orders', { readsPerSecond: 100, writesPerSecond: 10 }]]);
  const { result, record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations(`alter table orders alter column id type bigint; ${LONG}`),
    { rates },
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  const [table] = record.tables;
  assert.equal(record.status, 'measured');
  assert.equal(record.reason, undefined);
  assert.ok(table !== undefined && table.reads > 0 && table.writes > 0, JSON.stringify(record));
  assert.ok(table.longestReadMs > LONG_MS, JSON.stringify(table));
  assert.ok(table.longestWriteMs > LONG_MS, JSON.stringify(table));
  assertNear(table.queuedReads, table.longestReadMs / 10);
  assertNear(table.queuedWrites, table.longestWriteMs / 100);
  const [statements] = result.migrations.map((each) => each.statements);
  assert.deepEqual(table.place, statements?.[1]?.place);
  assert.equal(table.note, undefined);
  assert.equal(await sessionsLeft(facts), 0);
});

test('a rewrite stalls for most of its own time', async () => {
  const facts = await prepared(
    `${SHOP} insert into orders select n, 1, repeat('x', 200) from generate_series(20001, 400000) n;`,
  );
  const { result, record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations('alter table orders alter column id type bigint;'),
  );
  const rewriteMs = result.migrations[0]?.statements[0]?.durationMs ?? 0;
  const [table] = record.tables;
  assert.ok((table?.longestReadMs ?? 0) > rewriteMs * 0.8, JSON.stringify([rewriteMs, table]));
  assert.ok((table?.longestWriteMs ?? 0) > rewriteMs * 0.8, JSON.stringify([rewriteMs, table]));
});

test('CREATE INDEX stalls writers and no reader', async () => {
  const facts = await prepared(SHOP);
  const { record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations(`create index again on orders (note); ${LONG}`),
  );
  const [table] = record.tables;
  assert.ok((table?.longestWriteMs ?? 0) > LONG_MS, JSON.stringify(table));
  assert.ok((table?.longestReadMs ?? LONG_MS) < LONG_MS, JSON.stringify(table));
  assert.ok((table?.reads ?? 0) > (table?.writes ?? 0));
});

/** An immutable function that sleeps makes a build or a scan last on few rows. */
const SLOW = `create function slow(n int) returns int language plpgsql immutable as
  $$ begin perform pg_sleep(0.01); return n; end $$;`;

const gentle: readonly [name: string, setup: string, text: string][] = [
  [
    'CREATE INDEX CONCURRENTLY',
    `${SHOP} ${SLOW} delete from orders where id > 250;`,
    `${NO_TRANSACTION}create index concurrently again on orders (slow(id));`,
  ],
  [
    'VALIDATE CONSTRAINT of a foreign key',
    `${SHOP} alter table orders add constraint fk foreign key (customer_id) references customers not valid;`,
    `alter table orders validate constraint fk; ${LONG}`,
  ],
];

for (const [name, setup, text] of gentle) {
  test(`${name} stalls neither readers nor writers`, async () => {
    const facts = await prepared(setup);
    const { result, record } = await beside(
      facts,
      ['public.orders', 'public.customers'],
      await sqlMigrations(text),
    );
    assert.equal(result.status, 'passed', JSON.stringify(result));
    assert.ok((result.migrations[0]?.durationMs ?? 0) > LONG_MS, JSON.stringify(result));
    assert.equal(record.tables.length, 2);
    for (const table of record.tables) {
      assert.ok(table.longestReadMs < LONG_MS && table.longestWriteMs < LONG_MS, JSON.stringify(table));
      assert.ok(table.reads > 5 && table.writes > 5, JSON.stringify(table));
    }
  });
}

test('rows that the migration changed keep writers of them waiting, and no reader', async () => {
  const facts = await prepared(SHOP);
  const { record } = await beside(facts, ORDERS, await sqlMigrations(`update orders set note = ''; ${LONG}`));
  const [table] = record.tables;
  assert.ok((table?.longestWriteMs ?? 0) > LONG_MS, JSON.stringify(table));
  assert.ok((table?.longestReadMs ?? LONG_MS) < LONG_MS, JSON.stringify(table));
});

test('a change of rows and then of the table, which would make a waiting writer a deadlock, goes through', async () => {
  const facts = await prepared(SHOP);
  const { result, record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations(
      `update orders set note = ''; ${LONG} alter table orders add column later int; ${LONG}`,
    ),
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.equal(record.reason, undefined);
  assert.ok((record.tables[0]?.longestWriteMs ?? 0) > 2 * LONG_MS, JSON.stringify(record));
  assert.ok((record.tables[0]?.longestReadMs ?? 0) > LONG_MS, JSON.stringify(record));
});

test('locks of an index first and of its table then go through too', async () => {
  const facts = await prepared(SHOP);
  const { result, record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations(`reindex index orders_pkey; ${LONG} alter table orders add column later int;`),
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.equal(record.reason, undefined);
  assert.ok((record.tables[0]?.longestReadMs ?? 0) > LONG_MS, JSON.stringify(record));
});

const notes: readonly [name: string, setup: string, note: RegExp | undefined][] = [
  ['a table without key', 'create table t (n int); insert into t values (1);', /no primary key/],
  ['an empty table', 'create table t (n int primary key);', /no rows/],
  [
    'a table with a key of its own making',
    'create table t (n int not null unique); insert into t values (1);',
    undefined,
  ],
  [
    'a table with row level security',
    'create table t (n int primary key); insert into t values (1); alter table t enable row level security;',
    /row level security/,
  ],
];

for (const [name, setup, note] of notes) {
  test(`${name} is written to as far as is safe`, async () => {
    const facts = await prepared(setup);
    const { result, record } = await beside(
      facts,
      ['public.t'],
      await sqlMigrations(`alter table t add column later int; ${LONG}`),
    );
    assert.equal(result.status, 'passed');
    const [table] = record.tables;
    assert.ok((table?.longestWriteMs ?? 0) > LONG_MS, JSON.stringify(table));
    if (note === undefined) assert.equal(table?.note, undefined);
    else assert.match(table?.note ?? '', note);
  });
}

test('no probe fires a trigger, breaks a constraint, moves a row or leaves a dead one', async () => {
  const facts = await prepared(`
    create table fired (what text);
    create table t (id int generated always as identity primary key, n int, twice int generated always as (n * 2) stored);
    insert into t (n) values (-1), (2);
    alter table t add constraint positive check (n > 0) not valid;
    create function note() returns trigger language plpgsql as $$ begin insert into fired values (tg_op); raise 'fired'; end $$;
    create trigger each_row before update on t for each row execute function note();
    create trigger each_statement before update on t for each statement execute function note();
    create table p (k int, n int, primary key (k)) partition by range (k);
    create table p1 partition of p for values from (0) to (10);
    insert into p values (1, 1);`);
  const before = await connected(facts, (one) =>
    one.query('select ctid::text, n from t union all select ctid::text, n from p'),
  );
  const { record } = await beside(facts, ['public.t', 'public.p'], await sqlMigrations(LONG));
  for (const table of record.tables) {
    assert.ok(table.writes > 5, JSON.stringify(table));
    assert.equal(table.note, undefined);
  }
  const after = await connected(facts, (one) =>
    one.query('select ctid::text, n from t union all select ctid::text, n from p'),
  );
  assert.deepEqual(after.rows, before.rows);
  const dead = await connected(facts, (one) =>
    one.query(
      `select coalesce(sum(pg_stat_get_live_tuples(oid) * 0 + pg_stat_get_tuples_updated(oid)), 0)::int as n from pg_class where relname in ('t', 'p1')`,
    ),
  );
  assert.equal(dead.rows[0]?.n, 0);
});

test('a materialized view has readers, and none who writes', async () => {
  const facts = await prepared(
    `${SHOP} create materialized view totals as select customer_id, count(*) from orders group by 1;`,
  );
  const { record } = await beside(
    facts,
    ['public.totals'],
    await sqlMigrations(`refresh materialized view totals; ${LONG}`),
  );
  const [table] = record.tables;
  assert.equal(table?.writes, 0);
  assert.ok((table?.longestReadMs ?? 0) > LONG_MS, JSON.stringify(table));
});

const gone: readonly [name: string, text: string][] = [
  ['dropped', `drop table orders; ${LONG}`],
  ['renamed', `alter table orders rename to bought; ${LONG}`],
  ['moved with its schema', `create schema s; alter table orders set schema s; ${LONG}`],
];

for (const [name, text] of gone) {
  test(`a table that is ${name} ends its probes with a note, after the wait`, async () => {
    const facts = await prepared(SHOP);
    const { result, record } = await beside(facts, ORDERS, await sqlMigrations(text, LONG));
    assert.equal(result.status, 'passed', JSON.stringify(result));
    const [table] = record.tables;
    assert.match(table?.note ?? '', /renamed or dropped it/);
    assert.ok((table?.longestReadMs ?? 0) > LONG_MS, JSON.stringify(table));
  });
}

test('each table is measured by itself, though another one is locked for long', async () => {
  const facts = await prepared(SHOP);
  const { record } = await beside(
    facts,
    ['public.orders', 'public.customers'],
    await sqlMigrations(
      `alter table orders add column a int; ${LONG}`,
      `alter table customers add column a int; ${LONG}`,
    ),
  );
  assert.deepEqual(record.tables.map(({ relation }) => relation).toSorted(), [
    'public.customers',
    'public.orders',
  ]);
  assert.deepEqual(record.tables.map(({ relation, place }) => [relation, place?.file]).toSorted(), [
    ['public.customers', 'm/2.sql'],
    ['public.orders', 'm/1.sql'],
  ]);
  for (const { longestReadMs } of record.tables)
    assert.ok(longestReadMs > LONG_MS && longestReadMs < 2 * LONG_MS);
});

test('the worker hardly waits for probes', async () => {
  const many = Array.from(
    { length: 8 },
    (_, n) => `create table t${n} (id int primary key); insert into t${n} values (1);`,
  );
  const facts = await prepared(many.join(' '));
  const text = Array.from({ length: 200 }, (_, n) => `alter table t${n % 8} add column c${n} int;`).join(
    '\n',
  );
  const relations = many.map((_, n) => `public.t${n}`);
  const { result } = await beside(facts, relations, await sqlMigrations(`${NO_TRANSACTION}${text}`));
  assert.equal(result.status, 'passed', JSON.stringify(result.reason));
  const took = (result.migrations[0]?.statements ?? [])
    .map(({ durationMs }) => durationMs)
    .toSorted((a, b) => a - b);
  assert.equal(took.length, 200);
  assert.ok((took[100] ?? 1000) < 500, `median ${took[100]} ms`);
  assert.ok(result.migrations[0]?.statements.every(({ waits }) => waits === undefined));
});

test('the server’s end ends the probes too', async () => {
  const facts = await prepared(SHOP);
  const contention = await started(facts, ORDERS);
  await connected(facts, (one) =>
    one.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    ),
  );
  await sleep(100);
  const record = await contention.stop();
  assert.match(record.tables[0]?.note ?? '', /connection was lost/);
});

test('a server killed in mid-run leaves the rehearsal unproven, and the record of what was seen', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pullgres-killed-'));
  const server = await startServer({ binaries: await testBinaries(), directory });
  try {
    await connected(server.facts, (one) => one.script(SHOP));
    const migrations = await sqlMigrations('alter table orders add column a int; select pg_sleep(60);');
    const running = beside(server.facts, ORDERS, migrations);
    setTimeout(() => void server.stop(), 1500);
    const { result, record } = await running;
    assert.equal(result.status, 'unproven');
    assert.ok((record.tables[0]?.longestReadMs ?? 0) > 100, JSON.stringify(record));
    assert.match(result.reason ?? '', /connection .* was lost/);
    // The end of the migration's session stops the probes, so that they may or may not have met the same end before.
    assert.match(record.tables[0]?.note ?? 'connection was lost', /connection was lost|server refused/);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

test('a migration that locks the catalog itself holds the probes up, and they end with it', async () => {
  const facts = await prepared(SHOP);
  const { result } = await beside(facts, ORDERS, await sqlMigrations('lock table pg_catalog.pg_class;'));
  assert.equal(result.status, 'unproven');
  assert.equal(await sessionsLeft(facts), 0);
});

test('an abort leaves no session behind', async () => {
  const facts = await prepared(SHOP);
  const stopping = new AbortController();
  const running = beside(
    facts,
    ORDERS,
    await sqlMigrations(`alter table orders add column a int; select pg_sleep(60);`),
    {
      signal: stopping.signal,
      idleMs: 60_000,
    },
  );
  setTimeout(() => stopping.abort(new Error('enough')), 1000);
  await assert.rejects(running, /enough/);
  assert.equal(await sessionsLeft(facts), 0);
});

test('an abort while the probes begin leaves no session behind', async () => {
  const facts = await prepared(SHOP);
  for (const afterMs of [0, 15, 40, 80]) {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(new Error('enough')), afterMs);
    const signal = stopping.signal;
    const contention = await started(facts, ORDERS, { signal, idleMs: 60_000 }).catch(() => undefined);
    await contention?.stop();
    assert.equal(await sessionsLeft(facts), 0, `after ${afterMs} ms`);
  }
});

test('CREATE INDEX CONCURRENTLY waits for the idle transaction, which is told', async () => {
  const facts = await prepared(SHOP);
  const { result, record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations(`${NO_TRANSACTION}create index concurrently again on orders (note);`),
    { idleMs: 2000, lock: 'ShareUpdateExclusiveLock' },
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.deepEqual(record.tables, []);
  const [waited] = record.idle?.waited ?? [];
  assert.deepEqual(waited?.place, result.migrations[0]?.statements[0]?.place);
  assert.ok((waited?.ms ?? 0) > 1000, JSON.stringify(record));
  assert.ok((record.idle?.heldMs ?? 0) >= 1900);
});

test('behind a change that waits for the idle transaction, all queue', async () => {
  const facts = await prepared(SHOP);
  const { result, record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations('alter table orders add column a int;'),
    { idleMs: 2000 },
  );
  assert.equal(result.status, 'passed');
  assert.ok((record.tables[0]?.longestReadMs ?? 0) > 1000, JSON.stringify(record));
  assert.ok((record.idle?.waited[0]?.ms ?? 0) > 1000, JSON.stringify(record));
});

test('a migration that gives up by its own lock_timeout is tried again alone', async () => {
  const facts = await prepared(SHOP);
  const { result, record } = await beside(
    facts,
    ORDERS,
    await sqlMigrations("set local lock_timeout = '500ms'; alter table orders add column a int;"),
    { idleMs: 60_000 },
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.equal(result.migrations.length, 1);
  assert.match(record.reason ?? '', /gave up its wait for a lock/);
  assert.match(record.tables[0]?.note ?? '', /lock_timeout/);
  const { longestReadMs = 0 } = record.tables[0] ?? {};
  assert.ok(longestReadMs > 350 && longestReadMs < 5000, String(longestReadMs));
});

test('what cannot be tried again is unproven, not failed', async () => {
  const facts = await prepared(SHOP);
  const { result } = await beside(
    facts,
    ORDERS,
    await sqlMigrations(
      `${NO_TRANSACTION}create table half (); set lock_timeout = '500ms'; alter table orders add column a int;`,
    ),
    { idleMs: 60_000 },
  );
  assert.equal(result.status, 'unproven');
  assert.match(result.reason ?? '', /could not be tried again/);
  const alone = await prepared(SHOP);
  const failing = await connected(alone, async (holder) => {
    await holder.script('begin; lock table orders in access share mode');
    return rehearsed(
      alone,
      await sqlMigrations("set local lock_timeout = '100ms'; alter table orders add column a int;"),
    );
  });
  assert.equal(failing.status, 'failed');
});

test('a deadlock with somebody else’s session is tried again alone', async () => {
  const facts = await prepared(SHOP);
  const contention = await started(facts, ORDERS);
  try {
    const result = await connected(facts, async (other) => {
      await other.script("set deadlock_timeout = '60s'; begin; lock table customers in share mode");
      const migrations = await sqlMigrations(
        'lock table orders in access exclusive mode; select pg_sleep(0.5); lock table customers in access exclusive mode;',
      );
      const running = rehearsed(facts, migrations, { contention });
      await sleep(300);
      await other.script('lock table orders in share mode').catch(() => undefined);
      await other.script('rollback');
      return running;
    });
    assert.equal(result.status, 'passed', JSON.stringify(result));
  } finally {
    const record = await contention.stop();
    assert.match(record.reason ?? '', /victim of a deadlock/);
  }
});

test('the history is written as without probes', async () => {
  const facts = await prepared(SHOP);
  await beside(facts, ORDERS, await sqlMigrations('alter table orders add column a int;'));
  assert.deepEqual(await connected(facts, (one) => sql.history.applied(one, [])), ['1']);
});
