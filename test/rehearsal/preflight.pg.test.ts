import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, it } from 'node:test';
import type { Where } from '../../src/postgres/aside.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { type Preflight, preflight } from '../../src/rehearsal/preflight.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { freshDatabase } from '../support/postgres.ts';
import { CASES } from './preflight-cases.ts';
import { connected, prepared } from './support.ts';

let version = 0;
before(async () => {
  await loadParser();
  version = await connected(await freshDatabase(), async ({ serverVersion }) => serverVersion);
});

function parsed(sql: string): Statement {
  const result = parseSql(sql, 'm.sql');
  assert.ok(result.ok, sql);
  return result.statements[0] as Statement;
}

const LIMIT = { statementTimeoutMs: 20_000 };

function counts(
  connection: Connection,
  sql: string,
  where: Where,
  limit = LIMIT,
): Promise<readonly Preflight[]> {
  return preflight(connection, parsed(sql), { where, ...limit });
}

function words({ check, relation, subject, rows }: Preflight): string {
  return `${check} ${relation} ${subject}: ${rows}`;
}

async function held(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.query(
    "select locktype || ' ' || coalesce(relation::text, '') || ' ' || mode as lock from pg_locks where pid = pg_backend_pid() and coalesce(relation, 99999) > 16384 order by 1",
  );
  return rows.map(({ lock }) => String(lock));
}

describe('counts before a statement', () => {
  for (const { given, statement, counts: wanted, since = 13, proof } of CASES) {
    it(`${statement}${wanted.length === 0 ? ' asks nothing' : ''}`, async () => {
      if (version < since) return;
      await connected(await prepared(given), async (connection) => {
        const outside = await counts(connection, statement, 'outside');
        assert.deepEqual(outside.map(words), wanted);
        for (const { find } of outside) if (find !== undefined) await connection.script(find);
        await connection.script('begin');
        const locks = await held(connection);
        assert.deepEqual((await counts(connection, statement, 'inside a transaction')).map(words), wanted);
        assert.deepEqual(await held(connection), locks);
        await connection.script('rollback');
        if (proof === 'none') return;
        const isRefused = wanted.some((line) => !line.endsWith(': 0'));
        const run = connection.script(statement);
        if (isRefused) await assert.rejects(run);
        else await run;
      });
    });
  }
});

describe('a count', () => {
  it('sees what the open transaction did, and leaves its settings', async () => {
    await connected(
      await prepared('create schema s; create table s.t (a int); insert into s.t values (null)'),
      async (connection) => {
        await connection.script(
          "begin; set local search_path = s; set local statement_timeout = '7s'; update t set a = 1; insert into t values (null), (null)",
        );
        const [found] = await counts(
          connection,
          'alter table t alter a set not null',
          'inside a transaction',
        );
        assert.equal(found?.rows, 2);
        assert.equal(found?.relation, 's.t');
        const { rows } = await connection.query(
          "select current_setting('search_path') p, current_setting('statement_timeout') s, current_setting('transaction_read_only') r, current_setting('row_security') w",
        );
        assert.deepEqual(rows, [{ p: 's', s: '7s', r: 'off', w: 'on' }]);
        await connection.script('update t set a = 3; alter table t alter a set not null; commit');
      },
    );
  });

  it('that takes too long is not told, and the transaction goes on', async () => {
    const slow =
      "create function slow(int) returns bool language plpgsql as 'begin perform pg_sleep(20); return true; end'; create table t (a int); insert into t values (1)";
    for (const where of ['outside', 'inside a transaction'] as const) {
      await connected(await prepared(slow), async (connection) => {
        if (where !== 'outside') await connection.script('begin; create table made (x int)');
        const [found] = await counts(connection, 'alter table t add constraint c check (slow(a))', where, {
          statementTimeoutMs: 300,
        });
        assert.equal(found?.rows, undefined);
        assert.ok((found?.durationMs ?? 0) >= 250);
        await connection.script('select 1');
        if (where !== 'outside') await connection.script('insert into made values (1); commit');
      });
    }
  });

  it('cannot write', async () => {
    const writes =
      "create table log (n int); create function writes(int) returns bool language sql as 'insert into log values (1); select true'; create table t (a int); insert into t values (1)";
    await connected(await prepared(writes), async (connection) => {
      const [found] = await counts(connection, 'alter table t add constraint c check (writes(a))', 'outside');
      assert.equal(found?.rows, undefined);
      assert.equal((await connection.query('select count(*) from log')).rows[0]?.count, '0');
    });
  });

  it('that row security would falsify, or that the role may not make, is not told', async () => {
    const role = `plain_${randomBytes(4).toString('hex')}`;
    const given = `create role ${role}; create table t (a int); insert into t values (null); alter table t enable row level security;
      create policy p on t using (a > 0); grant select on t to ${role}; create table secret (a int); grant usage on schema public to ${role}`;
    await connected(await prepared(given), async (connection) => {
      await connection.script(`set role ${role}`);
      for (const table of ['t', 'secret']) {
        const found = await counts(connection, `alter table ${table} alter a set not null`, 'outside');
        assert.deepEqual(found.map(words), [`nulls public.${table} a: undefined`]);
      }
    });
  });

  it('does not wait long for a lock of others, and does not fail the migration', async () => {
    const facts = await prepared('create table t (a int)');
    await connected(facts, (other) =>
      connected(facts, async (connection) => {
        await other.script('begin; lock table t');
        const [found] = await counts(connection, 'alter table t alter a set not null', 'outside');
        assert.equal(found?.rows, undefined);
        await other.script('rollback');
        await connection.script('alter table t alter a set not null');
      }),
    );
  });
});
