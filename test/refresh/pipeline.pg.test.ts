import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { ProviderError } from '../../src/errors.ts';
import { settingOf } from '../../src/masking/keys.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { type LoadRows, loadRows, type TableRecord } from '../../src/refresh/pipeline.ts';
import type { RefreshProgress } from '../../src/refresh/progress.ts';
import { HOSTILE, HOSTILE_ROWS, HOSTILE_TABLES } from '../support/hostile-rows.ts';
import { freshDatabase, testServerLog } from '../support/postgres.ts';
import {
  digest,
  hashed,
  onDatabase,
  openTestSource,
  TEST_MASTER,
  testKeys,
  testPlan,
  type Wishes,
} from '../support/refresh.ts';

const SETTING = settingOf('test');

/** Two databases with the same tables; the first has the rows. */
async function databases(
  tables: string,
  rows: string,
): Promise<{ from: ConnectionFacts; to: ConnectionFacts }> {
  const [from, to] = [await freshDatabase(), await freshDatabase()];
  await onDatabase(from, (connection) => connection.script(`${tables};${rows}`));
  await onDatabase(to, (connection) => connection.script(tables));
  return { from, to };
}

async function load(
  { from, to }: { from: ConnectionFacts; to: ConnectionFacts },
  wishes: Wishes = {},
  options: Partial<Pick<LoadRows, 'workers' | 'onProgress' | 'signal'>> = {},
): Promise<readonly TableRecord[]> {
  const source = await openTestSource(from);
  try {
    const plan = testPlan(source.schema, wishes);
    return await loadRows({ source, target: to, plan, keys: testKeys(plan), workers: 2, ...options });
  } finally {
    await source.close();
  }
}

async function sessionsLeft(facts: ConnectionFacts): Promise<number> {
  const found = await onDatabase(facts, (connection) =>
    connection.query(
      "select count(*)::int as n from pg_stat_activity where application_name = 'pullgres refresh' and datname = current_database()",
    ),
  );
  return Number(found.rows[0]?.n);
}

describe('loadRows', () => {
  it('copies every kind of table to the byte, and each row once', async () => {
    const pair = await databases(HOSTILE, HOSTILE_ROWS);
    const records = await load(pair);
    for (const table of HOSTILE_TABLES)
      assert.deepEqual(await digest(pair.to, table), await digest(pair.from, table), table);
    const counts = Object.fromEntries(
      records.map(({ table, sourceRows, copiedRows }) => [table, [sourceRows, copiedRows]]),
    );
    assert.deepEqual(counts['"public"."nothing"'], [7, 7]);
    assert.deepEqual(counts['"public"."base"'], [1, 1]);
    assert.deepEqual(counts['"public"."part_2"'], [10, 10]);
    assert.equal(records.length, HOSTILE_TABLES.length);
    // Again, over what is there.
    await load(pair);
    for (const table of HOSTILE_TABLES)
      assert.deepEqual(await digest(pair.to, table), await digest(pair.from, table), table);
  });

  it('masks by the key, keeps the order of the heap, and lets an empty table be', async () => {
    const pair = await databases(
      'create table people (id int, mail text); create table logs (id int); create table wide (id int)',
      "insert into people select i, 'p' || i || '@corp.example' from generate_series(1, 500) i; insert into logs values (1)",
    );
    const masks = { mail: `${hashed(SETTING, 'mail')} || '@example.com'` };
    const records = await load(pair, { 'public.people': { masks }, 'public.logs': { rows: 'empty' } });
    const { rows } = await onDatabase(pair.to, (connection) =>
      connection.query(
        `select count(*)::int as n, count(distinct mail)::int as d, bool_and(mail ~ '^[0-9a-f]{64}@example.com$') as masked,
          bool_and(id = (select count(*) from people q where q.ctid <= p.ctid)) as ordered, (select count(*)::int from logs) as logs from people p`,
      ),
    );
    assert.deepEqual(rows[0], { n: 500, d: 500, masked: true, ordered: true, logs: 0 });
    const people = records.find(({ table }) => table === '"public"."people"');
    assert.deepEqual([people?.masked, people?.clear, people?.rows], [1, 1, 'copied']);
    assert.ok((people?.bytes ?? 0) > 500 * 64);
    const logs = records.find(({ table }) => table === '"public"."logs"');
    assert.deepEqual([logs?.rows, logs?.sourceRows, logs?.copiedRows], ['empty', null, 0]);
  });

  it('puts no key into a query, the server’s log or the catalog', async () => {
    const pair = await databases(
      'create table people (id int, mail text)',
      "insert into people values (1, 'a')",
    );
    const name = pair.from.database;
    await onDatabase(pair.from, (connection) =>
      connection.script(
        `alter database ${name} set log_statement = 'all'; alter database ${name} set log_min_duration_statement = 0; alter database ${name} set log_parameter_max_length = -1`,
      ),
    );
    await load(pair, { 'public.people': { masks: { mail: hashed(SETTING, 'mail') } } });
    const source = await openTestSource(pair.from);
    const plan = testPlan(source.schema);
    await source.close();
    const log = await readFile(await testServerLog(), 'utf8');
    assert.match(log, /set_config\(\$1/);
    assert.match(log, /parameters: \$1 = 'pullgres\.k/i);
    for (const key of testKeys(plan).settings.values()) assert.ok(!log.includes(key.reveal()));
    assert.ok(!log.includes(TEST_MASTER.reveal()));
    // The mask is that of the key all the same.
    const [key] = testKeys(plan).settings.values();
    const same = await onDatabase(pair.to, (connection) =>
      connection.query(
        "select mail = encode(sha256(decode($1, 'hex') || 'a'::bytea), 'hex') as same from people",
        [key?.reveal()],
      ),
    );
    assert.equal(same.rows[0]?.same, true);
  });

  it('reads a large table by ranges, in order, frozen and none twice', async () => {
    const pair = await databases(
      'create table big (id int, t text)',
      "insert into big select i, repeat('x', 900) from generate_series(1, 60000) i; delete from big where id % 7 = 0",
    );
    const told: RefreshProgress[] = [];
    const [record] = await load(pair, {}, { workers: 3, onProgress: (progress) => told.push(progress) });
    assert.equal(record?.copiedRows, 60_000 - Math.floor(60_000 / 7));
    assert.deepEqual(await digest(pair.to, 'public.big'), await digest(pair.from, 'public.big'));
    const queries = await onDatabase(pair.to, (connection) =>
      connection.query('select bool_and(xmin::text = (select min(xmin::text) from big)) as one from big'),
    );
    assert.equal(queries.rows[0]?.one, true);
    assert.equal(told.at(-1)?.done, 1);
    assert.equal(told.at(-1)?.secondsLeft, 0);
    assert.equal(told.at(-1)?.bytes, record?.bytes);
  });

  it('takes 1600 columns and a row of 50 MB', async () => {
    const columns = Array.from({ length: 1600 }, (_, at) => `"c ${at}" int2`).join(', ');
    const pair = await databases(
      `create table wide (${columns}); create table heavy (id int, t text); alter table heavy alter t set storage external`,
      `insert into wide ("c 0", "c 1599") values (1, 2); insert into heavy values (1, repeat(E'x\\\\\\n', 17000000)), (2, 'y')`,
    );
    await load(pair);
    for (const table of ['public.wide', 'public.heavy'])
      assert.deepEqual(await digest(pair.to, table), await digest(pair.from, table));
  });

  it('begins a table anew once when a connection is lost, and not twice', async () => {
    const pair = await databases(
      'create table big (id int, t text)',
      "insert into big select i, repeat('x', 900) from generate_series(1, 80000) i",
    );
    for (const [side, kills] of [
      ['from', 1],
      ['to', 1],
      ['to', 2],
    ] as const) {
      let left: number = kills;
      let last = 0;
      const onProgress = ({ bytes }: RefreshProgress): void => {
        if (left === 0 || bytes - last < 1_000_000) return;
        left--;
        last = bytes;
        void onDatabase(pair[side], (connection) =>
          connection.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pullgres refresh' and datname = current_database() and query ~ '^COPY'",
          ),
        );
      };
      const run = load(
        pair,
        { 'public.big': { masks: { t: `(select t from pg_sleep(0.00001))` } } },
        { onProgress },
      );
      if (kills === 1) {
        const [record] = await run;
        assert.equal(left, 0);
        assert.equal(record?.copiedRows, 80_000, side);
      } else await assert.rejects(run, (error) => error instanceof ProviderError && error.retryable);
      assert.equal((await sessionsLeft(pair.from)) + (await sessionsLeft(pair.to)), 0);
    }
  });

  it('ends at both servers when cancelled, and leaves the target’s table as it was', async () => {
    const pair = await databases(
      'create table big (id int, t text)',
      "insert into big select i, repeat('x', 900) from generate_series(1, 80000) i",
    );
    await onDatabase(pair.to, (connection) => connection.script("insert into big values (0, 'before')"));
    const controller = new AbortController();
    const onProgress = ({ bytes }: RefreshProgress): void => {
      if (bytes > 0) controller.abort(new Error('enough'));
    };
    const masks = { t: `(select t from pg_sleep(0.0001))` };
    await assert.rejects(
      load(pair, { 'public.big': { masks } }, { onProgress, signal: controller.signal }),
      /^Error: enough$/,
    );
    assert.equal((await sessionsLeft(pair.from)) + (await sessionsLeft(pair.to)), 0);
    assert.equal(((await digest(pair.to, 'public.big')) as { n: number }).n, 1);
  });

  it('refuses a table that was truncated, dropped or locked after the snapshot', async () => {
    const cases = [
      ['truncate t', /"public"\."t" was truncated, rewritten/],
      ['drop table t', /refused to hold "public"\."t".*SQLSTATE 42P01/],
      ['alter table t alter id type bigint', /was truncated, rewritten/],
    ] as const;
    for (const [sql, expected] of cases) {
      const pair = await databases('create table t (id int)', 'insert into t values (1)');
      const source = await openTestSource(pair.from);
      await onDatabase(pair.from, (connection) => connection.script(sql));
      const plan = testPlan(source.schema);
      await assert.rejects(loadRows({ source, target: pair.to, plan, keys: testKeys(plan) }), expected);
      await source.close();
      assert.equal((await sessionsLeft(pair.from)) + (await sessionsLeft(pair.to)), 0);
    }
  });

  it('gives up on a lock that another session keeps', async () => {
    const pair = await databases('create table t (id int)', 'insert into t values (1)');
    const source = await openTestSource(pair.from);
    const plan = testPlan(source.schema);
    await onDatabase(pair.from, async (connection) => {
      await connection.script('begin; lock table t');
      const keys = testKeys(plan);
      await assert.rejects(loadRows({ source, target: pair.to, plan, keys }), /SQLSTATE 55P03/);
      await connection.script('rollback');
    });
    await source.close();
  });

  it('tells of a failing mask or check by name, without the value', async () => {
    const pair = await databases(
      'create table t (id int, mail text)',
      "insert into t values (1, 'secret-value'), (2, 'x')",
    );
    await onDatabase(pair.to, (connection) =>
      connection.script('alter table t add constraint short check (length(mail) < 5)'),
    );
    for (const [masks, expected] of [
      [{ mail: 'mail::int::text' }, /The source refused to read "public"\."t": .*SQLSTATE 22P02/],
      [
        {},
        /The target refused the rows of "public"\."t": .*SQLSTATE 23514, table "public"\."t", constraint "short"/,
      ],
    ] as const) {
      const failure = await load(pair, { 'public.t': { masks } }).catch((error: unknown) => error);
      assert.ok(failure instanceof ProviderError);
      assert.match(failure.message, expected);
      assert.doesNotMatch(
        JSON.stringify([failure.message, failure.stack, failure.hint, failure.cause]),
        /secret/,
      );
    }
  });
});
