import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dbmate } from '../../src/migrations/dbmate.ts';
import { prisma } from '../../src/migrations/prisma.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { startServer } from '../../src/postgres/server.ts';
import { dbmateMigrations, NO_TRANSACTION, prismaMigrations, sqlMigrations } from '../support/migrations.ts';
import { testBinaries } from '../support/postgres.ts';
import { connected, lockList, one, prepared, rehearsed, SHOP } from './support.ts';

const LIMITS = { statementTimeoutMs: 500, lockTimeoutMs: 400 };

test('a failure in the middle rolls back its file, keeps what stood before, and ends the rehearsal', async () => {
  const facts = await prepared(SHOP);
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      'alter table orders add column a int;',
      "-- ünï🎉\r\nalter table orders add column b int;\r\nselect 'é🎉',\r\n  nosuch('é');\r\n",
      'alter table orders add column c int;',
    ),
  );
  assert.equal(result.status, 'failed');
  assert.deepEqual(
    result.migrations.map(({ file, outcome }) => [file, outcome]),
    [
      ['m/1.sql', 'applied'],
      ['m/2.sql', 'failed'],
    ],
  );
  const failed = result.migrations[1];
  assert.deepEqual(failed?.problem, {
    file: 'm/2.sql',
    line: 4,
    column: 3,
    message: 'function nosuch(unknown) does not exist',
    hint: failed?.problem?.hint,
    code: '42883',
  });
  assert.match(failed?.problem?.hint ?? '', /No function matches/);
  assert.deepEqual(lockList(failed?.statements[0]), ['public.orders AccessExclusiveLock']);
  assert.equal(failed?.statements.length, 2);
  const columns =
    "select string_agg(column_name, ' ' order by ordinal_position) as c from information_schema.columns where table_name = 'orders'";
  assert.deepEqual(await one(facts, columns), { c: 'id customer_id note a' });
  assert.deepEqual(await one(facts, 'select string_agg(version, $$ $$) as v from pullgres_migrations'), {
    v: '1',
  });
});

test('a syntax error is told before anything runs', async () => {
  const facts = await prepared(SHOP);
  const result = await rehearsed(
    facts,
    await sqlMigrations("alter table orders add column a int;\nselect '日本' fromm orders x y;"),
  );
  assert.equal(result.status, 'failed');
  const [migration] = result.migrations;
  assert.deepEqual(migration?.statements, []);
  assert.deepEqual([migration?.problem?.line, migration?.problem?.column], [2, 19]);
  assert.match(migration?.problem?.message ?? '', /syntax error at or near "orders"/);
});

test('the time limit of a statement is named, also when the migration takes its own away', async () => {
  for (const text of ['select pg_sleep(60);', 'set statement_timeout to 0; select pg_sleep(60);']) {
    const result = await rehearsed(await prepared(''), await sqlMigrations(text), { limits: LIMITS });
    const [migration] = result.migrations;
    assert.equal(result.status, 'failed');
    assert.match(migration?.problem?.message ?? '', /limit of 500 ms for one statement/);
    assert.equal(migration?.problem?.code, '57014');
    assert.ok((migration?.statements.at(-1)?.durationMs ?? 0) >= 500);
  }
});

/** Swallows every cancellation. */
const STUBBORN = `do $$ begin loop
  begin perform pg_sleep(600.0); exception when query_canceled then null; end;
end loop; end $$;`;
const STUBBORN_BACKENDS =
  "select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(60%' and pid <> pg_backend_pid() and datname = current_database()";

for (const head of ['', NO_TRANSACTION]) {
  test(`a statement that swallows its cancellation is ended at the limit${head && ', without a transaction'}`, async () => {
    const facts = await prepared('');
    const result = await rehearsed(facts, await sqlMigrations(`${head}${STUBBORN}`), { limits: LIMITS });
    const [migration] = result.migrations;
    assert.equal(result.status, 'failed');
    assert.match(migration?.problem?.message ?? '', /limit of 500 ms for one statement/);
    assert.equal(migration?.problem?.code, '57014');
    assert.deepEqual(await one(facts, STUBBORN_BACKENDS), { n: 0 });
  });
}

test('a statement that swallows its cancellation is ended after an abort', async () => {
  const facts = await prepared('');
  const controller = new AbortController();
  const reason = new Error('cancelled by the runner');
  const running = rehearsed(facts, await sqlMigrations(STUBBORN), { signal: controller.signal });
  await Promise.all([
    assert.rejects(running, (error) => error === reason),
    whenSleeping(facts, async () => controller.abort(reason)),
  ]);
  assert.deepEqual(await one(facts, STUBBORN_BACKENDS), { n: 0 });
});

test('the limit of waiting for a lock is named', async () => {
  const facts = await prepared(SHOP);
  const holder = await openConnection(facts, { applicationName: 'holder' });
  try {
    await holder.script('begin; select count(*) from orders');
    const migrations = await sqlMigrations('alter table orders add column a int;');
    const result = await rehearsed(facts, migrations, { limits: { ...LIMITS, statementTimeoutMs: 60_000 } });
    const [migration] = result.migrations;
    assert.equal(result.status, 'failed');
    assert.equal(migration?.problem?.message, 'canceling statement due to lock timeout');
    assert.match(migration?.problem?.hint ?? '', /400 ms \(rehearsal\.lock-timeout/);
  } finally {
    await holder.close();
  }
});

test('several statements in one simple query are one transaction; one alone is by itself', async () => {
  const facts = await prepared(SHOP);
  const history = prisma.history;
  const half = await rehearsed(facts, await prismaMigrations('create table a ();\nselect 1 / 0;'), {
    history,
  });
  assert.equal(half.migrations[0]?.problem?.message, 'division by zero');
  assert.deepEqual(await one(facts, "select to_regclass('a') as a"), { a: null });

  const pair = 'create index concurrently i on orders (note);\nselect 1;';
  const refused = await rehearsed(facts, await prismaMigrations(pair), { history });
  assert.deepEqual(refused.migrations[0]?.problem, {
    file: 'm/1_step/migration.sql',
    line: 1,
    column: 1,
    message: 'CREATE INDEX CONCURRENTLY cannot run inside a transaction block',
    code: '25001',
  });
  // The model says what the server itself says to the same text.
  await connected(facts, (connection) =>
    assert.rejects(connection.script(pair), { message: refused.migrations[0]?.problem?.message }),
  );
  const alone = await rehearsed(
    facts,
    await prismaMigrations('create index concurrently i on orders (note);'),
    {
      history,
    },
  );
  assert.equal(alone.status, 'passed');
});

test('COMMIT inside a simple query ends its transaction, and the next statements make another', async () => {
  const facts = await prepared(SHOP);
  const text = 'create table a ();\ncommit;\ncreate table b ();\nselect 1 / 0;';
  const result = await rehearsed(facts, await dbmateMigrations(` transaction:false\n${text}`), {
    history: dbmate.history,
  });
  assert.deepEqual(result.migrations[0]?.problem?.line, 5);
  const left = "select to_regclass('a')::text as a, to_regclass('b')::text as b";
  assert.deepEqual(await one(facts, left), { a: 'a', b: null });
  const truth = await prepared('');
  await connected(truth, (connection) => assert.rejects(connection.script(text)));
  assert.deepEqual(await one(truth, left), { a: 'a', b: null });
});

test('a transaction that the file begins and never ends is a failure', async () => {
  const facts = await prepared(SHOP);
  const result = await rehearsed(facts, await sqlMigrations(`${NO_TRANSACTION}begin; create table lost ();`));
  assert.equal(result.status, 'failed');
  assert.match(result.migrations[0]?.problem?.message ?? '', /begins a transaction and does not end it/);
  assert.deepEqual(await one(facts, "select to_regclass('lost') as t"), { t: null });
});

test('a wrapped file that ends by ROLLBACK changes nothing, so it is not applied', async () => {
  for (const end of ['rollback;', 'rollback and chain;', 'rollback; begin; commit;']) {
    const facts = await prepared('');
    const result = await rehearsed(facts, await sqlMigrations(`create table lost ();\n ${end}`));
    assert.equal(result.status, 'failed', end);
    const problem = result.migrations[0]?.problem;
    assert.deepEqual([problem?.line, problem?.column], [2, 2]);
    assert.match(problem?.message ?? '', /^ROLLBACK undoes what the file did before it/);
    assert.deepEqual(await one(facts, 'select count(*)::int as n from pullgres_migrations'), { n: 0 });
  }
});

test('a wrapped file may roll back to a savepoint, or a transaction before its last', async () => {
  for (const text of [
    'create table a (); savepoint s; create table b (); rollback to s;',
    'create table a (); rollback; create table c ();',
    'rollback;',
    'create table a (); commit; rollback;',
  ]) {
    const result = await rehearsed(await prepared(''), await sqlMigrations(text));
    assert.equal(result.status, 'passed', text);
  }
});

test('a migration that drops its own history fails and is rolled back', async () => {
  const facts = await prepared('');
  const result = await rehearsed(
    facts,
    await dbmateMigrations('\ndrop table schema_migrations; create table t ();'),
    {
      history: dbmate.history,
    },
  );
  assert.equal(result.status, 'failed');
  assert.match(
    result.migrations[0]?.problem?.message ?? '',
    /^The history could not be written: relation "public\.schema_migrations" does not exist$/,
  );
  assert.deepEqual(
    await one(facts, "select to_regclass('schema_migrations')::text as h, to_regclass('t') as t"),
    {
      h: 'schema_migrations',
      t: null,
    },
  );
});

test('what COMMIT refuses is a failure of the migration', async () => {
  const facts = await prepared(SHOP);
  const result = await rehearsed(
    facts,
    await sqlMigrations(
      `alter table orders add foreign key (customer_id) references customers deferrable initially deferred;
       update orders set customer_id = -1 where id = 1;`,
    ),
  );
  assert.equal(result.status, 'failed');
  assert.match(
    result.migrations[0]?.problem?.message ?? '',
    /^COMMIT was refused: .*violates foreign key constraint/,
  );
});

async function whenSleeping(
  facts: ConnectionFacts,
  work: (processId: number) => Promise<void>,
): Promise<void> {
  const query =
    "select pid from pg_stat_activity where query like '%pg_sleep(60%' and state = 'active' and pid <> pg_backend_pid()";
  for (let attempt = 0; attempt < 200; attempt++) {
    const pid = (await one(facts, query))?.pid;
    if (pid !== undefined) return work(Number(pid));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the statement never began');
}

test('a session that is ended from outside leaves the rehearsal unproven', async () => {
  const facts = await prepared('');
  const running = rehearsed(facts, await sqlMigrations('create table a ();', 'select pg_sleep(60.0);'));
  await whenSleeping(facts, async (pid) => {
    await one(facts, `select pg_terminate_backend(${pid})`);
  });
  const result = await running;
  assert.equal(result.status, 'unproven');
  assert.match(
    result.reason ?? '',
    /^The rehearsal stopped during m\/2\.sql: (terminating connection|The connection .* was lost)/,
  );
  assert.deepEqual(
    result.migrations.map(({ outcome }) => outcome),
    ['applied'],
  );
});

test('a migration that locks the catalog away from the observer is unproven, not passed', async () => {
  const facts = await prepared('');
  const result = await rehearsed(facts, await sqlMigrations('lock table pg_catalog.pg_class;'));
  assert.equal(result.status, 'unproven');
  assert.equal(result.reason, 'The rehearsal stopped during m/1.sql: The locks could not be read.');
});

for (const where of ['inside', 'outside'] as const) {
  test(`a server killed in mid-run, ${where} a transaction, leaves the rehearsal unproven`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pullgres-killed-'));
    const server = await startServer({ binaries: await testBinaries(), directory });
    try {
      const head = where === 'outside' ? NO_TRANSACTION : '';
      const running = rehearsed(
        server.facts,
        await sqlMigrations(`${head}do 'begin perform pg_sleep(60.0); end';`),
      );
      await whenSleeping(server.facts, () => server.stop());
      const result = await running;
      assert.equal(result.status, 'unproven');
      assert.match(result.reason ?? '', /^The rehearsal stopped during m\/1\.sql: /);
    } finally {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
}

for (const head of ['', NO_TRANSACTION]) {
  test(`an abort in mid-statement cancels, rolls back and throws its reason${head && ', without a transaction'}`, async () => {
    const facts = await prepared(SHOP);
    const controller = new AbortController();
    const reason = new Error('cancelled by the runner');
    const running = rehearsed(
      facts,
      await sqlMigrations(
        `${head}begin; alter table orders add column a int; select pg_sleep(60.0); commit;`,
      ),
      { signal: controller.signal },
    );
    await Promise.all([
      assert.rejects(running, (error) => error === reason),
      whenSleeping(facts, async () => controller.abort(reason)),
    ]);
    assert.deepEqual(
      await one(
        facts,
        "select count(*)::int as n from pg_attribute where attname = 'a' and attrelid = 'orders'::regclass",
      ),
      { n: 0 },
    );
    assert.deepEqual(
      await one(
        facts,
        "select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(60%' and pid <> pg_backend_pid()",
      ),
      { n: 0 },
    );
  });
}

test('an empty migration is applied and recorded', async () => {
  const facts = await prepared('');
  const result = await rehearsed(facts, await sqlMigrations('', '-- nothing\n'));
  assert.equal(result.status, 'passed');
  assert.deepEqual(await one(facts, 'select count(*)::int as n from pullgres_migrations'), { n: 2 });
});

test('a wrapped file and its record are one transaction; a script without one is recorded after it', async () => {
  const facts = await prepared('');
  await rehearsed(
    facts,
    await dbmateMigrations('\ncreate table a ();', ' transaction:false\ncreate table b ();'),
    {
      history: dbmate.history,
    },
  );
  const same = (table: string, version: string) =>
    `select (select xmin from pg_class where relname = '${table}') = (select xmin from schema_migrations where version = '${version}') as same`;
  assert.deepEqual(await one(facts, same('a', '1')), { same: true });
  assert.deepEqual(await one(facts, same('b', '2')), { same: false });
});
