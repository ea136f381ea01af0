import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { labelText } from '../../src/branching/labels.ts';
import { UserError } from '../../src/errors.ts';
import { tableKey } from '../../src/masking/source.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { literal } from '../../src/postgres/quote.ts';
import { openLiveSource } from '../../src/refresh/live-source.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase, testServer } from '../support/postgres.ts';
import { startStandby } from '../support/standby.ts';

async function run(facts: ConnectionFacts, sql: string): Promise<Record<string, unknown>[]> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    const statements = sql.split(';\n').filter((text) => text.trim() !== '');
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await connection.query(statement)).rows;
    return rows;
  } finally {
    await connection.close();
  }
}

/** A login role without any right, on the database. */
async function newRole(facts: ConnectionFacts): Promise<ConnectionFacts> {
  const user = `reader_${randomBytes(4).toString('hex')}`;
  await run(facts, `CREATE ROLE ${user} LOGIN PASSWORD 'reads only'`);
  return { ...facts, user, password: new Secret('reads only') };
}

const quiet = { onProgress: () => undefined };

describe('a live source', () => {
  it('is read at one moment, which other sessions take up', async () => {
    const facts = await freshDatabase();
    await run(facts, 'CREATE TABLE t AS SELECT 1 AS a');
    const said: string[] = [];
    const source = await openLiveSource(facts, { onProgress: (text) => said.push(text) });
    try {
      await run(facts, 'INSERT INTO t VALUES (2)');
      const reader = await openConnection(facts, { applicationName: 'test' });
      try {
        await reader.script(
          `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET TRANSACTION SNAPSHOT ${literal(source.snapshot)}`,
        );
        const { rows } = await reader.query('SELECT count(*)::int AS rows FROM t');
        assert.deepEqual(rows, [{ rows: 1 }]);
      } finally {
        await reader.close();
      }
      assert.ok(source.schema.tables.has(tableKey('public', 't')));
      assert.match(source.takenAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Math.abs(Date.parse(source.takenAt) - Date.now()) < 120_000);
      assert.match(source.description, /^live database, Postgres \d+$/);
      assert.match(said.join(' '), /superuser/);
    } finally {
      await source.close();
    }
    const gone = await openConnection(facts, { applicationName: 'test' });
    await assert.rejects(
      gone.script(
        `BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT ${literal(source.snapshot)}`,
      ),
    );
    await gone.close();
  });

  it('stays open past the time limits of its role, and reads only', async () => {
    const facts = await freshDatabase();
    const role = await newRole(facts);
    await run(
      facts,
      `ALTER ROLE ${role.user} SET idle_in_transaction_session_timeout = '200ms';
       ALTER ROLE ${role.user} SET statement_timeout = '5s';
       ALTER ROLE ${role.user} SET search_path = 'nowhere'`,
    );
    const source = await openLiveSource(role, quiet);
    try {
      await sleep(600);
      const [session] = await run(
        facts,
        `SELECT state, application_name AS name FROM pg_stat_activity WHERE usename = '${role.user}'`,
      );
      assert.deepEqual(session, { state: 'idle in transaction', name: 'pullgres refresh' });
    } finally {
      await source.close();
    }
  });

  it('tells every table that the role cannot read at once, with what to grant', async () => {
    const facts = await freshDatabase();
    await run(
      facts,
      `CREATE SCHEMA "Other";
       CREATE TABLE "Other"."A b" (id serial);
       CREATE TABLE readable (id int);
       CREATE TABLE parted (id int) PARTITION BY LIST (id)`,
    );
    const role = await newRole(facts);
    await run(facts, `GRANT SELECT ON readable TO ${role.user}`);
    await assert.rejects(openLiveSource(role, quiet), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /cannot read "Other"\."A b", "Other"\."A b_id_seq", public\.parted\./);
      assert.doesNotMatch(error.message, /readable/);
      assert.match(error.hint ?? '', new RegExp(`GRANT .*"${role.user}";`));
      return true;
    });
    const [{ version } = {}] = await run(
      facts,
      "SELECT current_setting('server_version_num')::int / 10000 AS version",
    );
    await run(
      facts,
      Number(version) >= 14
        ? `GRANT pg_read_all_data TO ${role.user}`
        : ['"Other"', 'public']
            .map(
              (schema) => `GRANT USAGE ON SCHEMA ${schema} TO ${role.user};
                GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role.user};
                GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role.user}`,
            )
            .join(';\n'),
    );
    const said: string[] = [];
    const source = await openLiveSource(role, { onProgress: (text) => said.push(text) });
    await source.close();
    assert.deepEqual(said, []);
  });

  it('refuses row-level security that would hide rows, but not from a role that bypasses it', async () => {
    const facts = await freshDatabase();
    const role = await newRole(facts);
    await run(
      facts,
      `CREATE TABLE secrets (id int);
       ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
       GRANT SELECT ON secrets TO ${role.user}`,
    );
    await assert.rejects(openLiveSource(role, quiet), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /hide rows .* in public\.secrets/);
      assert.equal(error.hint, `Run on the source: ALTER ROLE "${role.user}" BYPASSRLS;`);
      return true;
    });
    await run(facts, `ALTER ROLE ${role.user} BYPASSRLS`);
    await (await openLiveSource(role, quiet)).close();
  });

  it('refuses our own baselines and branches, and databases of the branch server that are named', async () => {
    const facts = await freshDatabase();
    const [{ id } = {}] = await run(facts, 'SELECT system_identifier::text AS id FROM pg_control_system()');
    const not = { systemIdentifier: String(id), databases: [facts.database] };
    await assert.rejects(openLiveSource(facts, { ...quiet, not }), /database of the branch server/);
    const elsewhere = { ...not, systemIdentifier: '1' };
    await (await openLiveSource(facts, { ...quiet, not: elsewhere })).close();
    const label = labelText({ baseline: { id: 'b', kind: 'masked', createdAt: '2026-01-01T00:00:00.000Z' } });
    await run(facts, `COMMENT ON DATABASE ${facts.database} IS ${literal(label)}`);
    await assert.rejects(openLiveSource(facts, quiet), /a baseline or a branch that Pullgres made/);
  });

  it('leaves no session behind when it is refused or aborted', async () => {
    const facts = await freshDatabase();
    await run(facts, 'CREATE TABLE t (id int)');
    const role = await newRole(facts);
    await assert.rejects(openLiveSource(role, quiet), UserError);
    const aborted = AbortSignal.abort(new Error('stopped'));
    await assert.rejects(openLiveSource(facts, { ...quiet, signal: aborted }), /stopped/);
    const sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pullgres refresh'";
    for (let tries = 0; (await run(facts, sessions)).length > 0; tries += 1) {
      assert.ok(tries < 100, 'a session is left');
      await sleep(100);
    }
  });
});

describe('a standby', () => {
  it('is a source, read at a snapshot of its own', async () => {
    const facts = await freshDatabase();
    await run(facts, 'CREATE TABLE t AS SELECT 1 AS a');
    const standby = await startStandby(await testServer());
    try {
      const there = { ...standby.facts, database: facts.database };
      const said: string[] = [];
      const source = await openLiveSource(there, { onProgress: (text) => said.push(text) });
      try {
        await run(facts, 'INSERT INTO t VALUES (2)');
        const rows = 'SELECT count(*)::int AS rows FROM t';
        for (let tries = 0; (await run(there, rows))[0]?.rows !== 2; tries += 1) {
          assert.ok(tries < 300, 'the standby does not follow');
          await sleep(100);
        }
        const reader = await openConnection(there, { applicationName: 'test' });
        await reader.script(
          `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET TRANSACTION SNAPSHOT ${literal(source.snapshot)}`,
        );
        assert.deepEqual((await reader.query(rows)).rows, [{ rows: 1 }]);
        await reader.close();
        assert.match(source.description, /^live standby/);
        assert.match(said.join(' '), /hot_standby_feedback/);
        assert.ok(source.schema.tables.has(tableKey('public', 't')));
        const [{ id } = {}] = await run(
          facts,
          'SELECT system_identifier::text AS id FROM pg_control_system()',
        );
        const not = { systemIdentifier: String(id), databases: [facts.database] };
        await assert.rejects(openLiveSource(there, { ...quiet, not }), /database of the branch server/);
      } finally {
        await source.close();
      }
    } finally {
      await standby.stop();
    }
  });
});
