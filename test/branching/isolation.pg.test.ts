import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { baselineName } from '../../src/branching/guards.ts';
import { roleNames } from '../../src/branching/identity.ts';
import { createLocalProvider } from '../../src/branching/local.ts';
import type { Branch, BranchIdentity } from '../../src/branching/provider.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { testBinaries } from '../support/postgres.ts';
import { ask, tell } from './sql-conformance.ts';

const directory = await mkdtemp(join(tmpdir(), 'pullgres-test-isolation-'));
const server = await createLocalProvider({
  binaries: await testBinaries(),
  directory,
  now: () => new Date(),
  settings: {
    wal_level: 'logical',
    max_prepared_transactions: '5',
    shared_preload_libraries: 'pg_stat_statements',
  },
});
const admin = server.facts;
after(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const GOLDEN = [
  'CREATE EXTENSION dblink',
  'CREATE EXTENSION postgres_fdw',
  'CREATE EXTENSION file_fdw',
  'CREATE EXTENSION pg_stat_statements',
  `CREATE SERVER prod FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', dbname 'postgres')`,
  `CREATE USER MAPPING FOR PUBLIC SERVER prod OPTIONS (user 'postgres', password 'hunter2')`,
  `CREATE FOREIGN TABLE secrets (secret text) SERVER prod OPTIONS (schema_name 'pullgres', table_name 'installation')`,
  'CREATE SERVER files FOREIGN DATA WRAPPER file_fdw',
  `CREATE FOREIGN TABLE hba (line text) SERVER files OPTIONS (filename '/etc/passwd')`,
  `CREATE FOREIGN TABLE shell (line text) SERVER files OPTIONS (program 'id')`,
  'CREATE LANGUAGE plsh HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator',
  `CREATE FUNCTION run_command(text) RETURNS text LANGUAGE plsh AS $$ BEGIN RETURN 'ran'; END $$`,
  `CREATE FUNCTION read_passwords() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT max(rolpassword) FROM pg_authid'`,
  `CREATE FUNCTION read_file(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT pg_read_file($1)'`,
  `CREATE FUNCTION pg_catalog.hidden() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT max(rolpassword) FROM pg_authid'`,
  'GRANT EXECUTE ON FUNCTION pg_read_file(text), lo_import(text) TO PUBLIC',
  'GRANT SELECT ON pg_authid TO PUBLIC',
];

const identity = (number: number): BranchIdentity => ({
  repositoryId: 7,
  subject: { kind: 'pull-request', number },
});

async function branchOf(
  number: number,
  baselineId: string,
): Promise<{ branch: Branch; facts: ConnectionFacts }> {
  const { branch } = await server.create({
    identity: identity(number),
    baselineId,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    expiresAt: '2126-01-01T00:00:00.000Z',
  });
  return { branch, facts: await server.connect(branch) };
}

await ask(admin, 'CREATE DATABASE golden');
await tell({ ...admin, database: 'golden' }, ...GOLDEN);
const baseline = await server.publishBaseline('golden', { id: 'golden', kind: 'synthetic' });
const a = await branchOf(1, baseline.id);
const b = await branchOf(2, baseline.id);
const modern = (await server.serverVersion()) >= 15;
await server.remember(b.branch, 'a note about b');
const mine = roleNames(a.branch.name);
const others = roleNames(b.branch.name);
const [A, B, LOGIN, GROUP, THEIRS] = [a.branch.name, b.branch.name, mine.login, mine.group, others.group].map(
  identifier,
);
const program = `COPY (SELECT 1) TO PROGRAM 'true'`;

/** What the attempt asks, and the SQLSTATE or words of the refusal. */
type Attempt = readonly [attempt: string, sql: string | readonly string[], refusal?: RegExp];

/** No right; a name that is not there for this role; a feature that only superusers have. */
const NO = /^42501$/;

const attempts: readonly Attempt[] = [
  ['becomes the administrator', 'SET ROLE postgres'],
  ['becomes the administrator for the session', 'SET SESSION AUTHORIZATION postgres'],
  ['becomes another branch’s group', `SET ROLE ${THEIRS}`],
  ['becomes a predefined role', 'SET ROLE pg_read_server_files'],
  ['takes another branch’s group', `GRANT ${THEIRS} TO ${LOGIN}`],
  ['takes pg_execute_server_program', `GRANT pg_execute_server_program TO ${LOGIN}`],
  ['lives longer', `ALTER ROLE ${LOGIN} VALID UNTIL 'infinity'`],
  ['becomes a superuser', `ALTER ROLE ${LOGIN} SUPERUSER`],
  ['passes by row-level security', `ALTER ROLE ${LOGIN} BYPASSRLS`],
  ['opens more connections', `ALTER ROLE ${LOGIN} CONNECTION LIMIT -1`],
  ['renames its role', `ALTER ROLE ${LOGIN} RENAME TO innocent`, /^(42501|0A000)$/],
  ['lets its group log in', `ALTER ROLE ${GROUP} LOGIN`],
  ['changes the administrator’s password', `ALTER ROLE postgres PASSWORD 'mine'`],
  ['sets the administrator’s search_path', `ALTER ROLE postgres SET search_path = public`],
  ['sets everybody’s search_path', 'ALTER ROLE ALL SET search_path = public'],
  ['makes a role', 'CREATE ROLE more'],
  ['drops the neighbour’s role', `DROP ROLE ${identifier(others.login)}`],
  ['makes a database', 'CREATE DATABASE more'],
  ['copies the baseline', 'CREATE DATABASE more TEMPLATE golden'],
  ['drops its own database', `DROP DATABASE ${A}`, /^(42501|55006)$/],
  ['drops the neighbour', `DROP DATABASE ${B}`],
  ['rewrites its labels', `COMMENT ON DATABASE ${A} IS 'pullgres:{}'`],
  ['rewrites its role’s label', `COMMENT ON ROLE ${LOGIN} IS 'pullgres:{}'`],
  ['takes its database', `ALTER DATABASE ${A} OWNER TO ${GROUP}`],
  ['renames its database', `ALTER DATABASE ${A} RENAME TO innocent`, /^(42501|55006)$/],
  ['sets its database’s settings', `ALTER DATABASE ${A} SET session_preload_libraries = 'x'`],
  ['makes its database a template', `ALTER DATABASE ${A} IS_TEMPLATE true`],
  ['opens the baseline', 'ALTER DATABASE golden ALLOW_CONNECTIONS true'],
  ['makes an extension: dblink', 'CREATE EXTENSION dblink SCHEMA public VERSION "1.2"', /^(42501|42710)$/],
  ['drops and remakes dblink', ['DROP EXTENSION dblink CASCADE', 'CREATE EXTENSION dblink']],
  ['makes an extension: pageinspect', 'CREATE EXTENSION pageinspect'],
  ['makes an extension: an untrusted language', 'CREATE EXTENSION plpython3u'],
  ['makes an extension: pltclu', 'CREATE EXTENSION pltclu'],
  ['makes a language', 'CREATE LANGUAGE evil HANDLER plpgsql_call_handler'],
  ['makes a function in C', `CREATE FUNCTION evil() RETURNS integer LANGUAGE c AS 'libc', 'getpid'`],
  [
    'makes a function in internal',
    `CREATE FUNCTION evil(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all'`,
  ],
  ['makes a function in an untrusted language', `CREATE FUNCTION evil() RETURNS text LANGUAGE plsh AS ''`],
  [
    'rewrites a function in an untrusted language',
    `CREATE OR REPLACE FUNCTION run_command(text) RETURNS text LANGUAGE plsh AS $$ BEGIN RETURN 1; END $$`,
  ],
  ['calls a function in an untrusted language', `SELECT run_command('id')`],
  [
    'hangs such a function on an aggregate',
    `CREATE AGGREGATE agg(text) (SFUNC = run_command, STYPE = text)`,
    /^(42501|42883|42P13)$/,
  ],
  ['calls a former superuser’s SECURITY DEFINER function for passwords', 'SELECT read_passwords()'],
  ['calls a former superuser’s SECURITY DEFINER function for files', `SELECT read_file('PG_VERSION')`],
  ['calls one that hides in pg_catalog', 'SELECT pg_catalog.hidden()'],
  ['makes a foreign-data wrapper', 'CREATE FOREIGN DATA WRAPPER evil'],
  ['makes a foreign server', 'CREATE SERVER evil FOREIGN DATA WRAPPER postgres_fdw'],
  ['gives a foreign server a host', `ALTER SERVER prod OPTIONS (ADD host 'prod')`],
  [
    'maps itself to a foreign user',
    `CREATE USER MAPPING FOR CURRENT_USER SERVER prod OPTIONS (user 'postgres', password 'x')`,
  ],
  ['makes a foreign table', 'CREATE FOREIGN TABLE evil (id integer) SERVER prod'],
  ['reads through a foreign table that came along', 'SELECT * FROM secrets', /^(42501|42704)$/],
  ['reads a file through a foreign table', 'SELECT * FROM hba', /^XX000$/],
  ['runs a program through a foreign table', 'SELECT * FROM shell', /^XX000$/],
  ['gives a foreign table its file again', `ALTER FOREIGN TABLE hba OPTIONS (ADD filename '/etc/passwd')`],
  ['gives a foreign table its program again', `ALTER FOREIGN TABLE shell OPTIONS (ADD program 'id')`],
  ['connects by dblink', `SELECT dblink_connect('dbname=postgres')`],
  ['connects by dblink without a password', `SELECT dblink_connect_u('dbname=postgres')`],
  ['asks by dblink', `SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t(one integer)`],
  ['copies to a program', program],
  ['copies from a program', ['CREATE TEMP TABLE t (x text)', `COPY t FROM PROGRAM 'id'`]],
  ['copies to a program from a function', `DO $$ BEGIN EXECUTE ${literal(program)}; END $$`],
  ['copies to a file', `COPY (SELECT 1) TO '/tmp/pullgres-isolation'`],
  ['copies from a file', ['CREATE TEMP TABLE t (x text)', `COPY t FROM '/etc/passwd'`]],
  ['reads a file', `SELECT pg_read_file('/etc/passwd')`],
  ['reads a binary file', `SELECT pg_read_binary_file('PG_VERSION')`],
  ['lists a folder', `SELECT pg_ls_dir('.')`],
  ['lists the log', 'SELECT pg_ls_logdir()'],
  ['lists the WAL', 'SELECT pg_ls_waldir()'],
  ['asks about a file', `SELECT pg_stat_file('PG_VERSION')`],
  ['imports a large object', `SELECT lo_import('/etc/passwd')`],
  ['exports a large object', `SELECT lo_export(lo_from_bytea(0, 'x'), '/tmp/pullgres-isolation')`],
  ['loads a library', `LOAD '/tmp/evil.so'`],
  ['makes a tablespace', `CREATE TABLESPACE evil LOCATION '/tmp'`],
  ['reads passwords', 'SELECT rolpassword FROM pg_authid'],
  ['reads password verifiers', 'SELECT passwd FROM pg_shadow'],
  ['reads user mappings', 'SELECT umoptions FROM pg_user_mapping'],
  ['reads subscriptions', 'SELECT subconninfo FROM pg_subscription'],
  ['reads pg_hba.conf', 'SELECT * FROM pg_hba_file_rules'],
  ['reads configuration files', 'SELECT * FROM pg_file_settings'],
  ['reads the data folder’s place', 'SELECT 1 / (current_setting($$data_directory$$) = $$x$$)::int'],
  ['changes the server’s settings', 'ALTER SYSTEM SET work_mem = 64'],
  ['reloads the server’s settings', 'SELECT pg_reload_conf()'],
  ['switches triggers off', 'SET session_replication_role = replica'],
  ['writes the server’s log settings', `SET log_statement = 'all'`],
  [
    'makes an event trigger',
    [
      'CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
      'CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION ev()',
    ],
  ],
  [
    'makes a subscription',
    `CREATE SUBSCRIPTION s CONNECTION 'host=prod' PUBLICATION p WITH (connect = false)`,
  ],
  ['publishes all tables', 'CREATE PUBLICATION p FOR ALL TABLES'],
  ['makes a logical replication slot', `SELECT pg_create_logical_replication_slot('evil', 'pgoutput')`],
  ['makes a physical replication slot', `SELECT pg_create_physical_replication_slot('evil')`],
  ['reads from a replication slot', `SELECT pg_logical_slot_peek_changes('evil', NULL, NULL)`],
  ['drops a replication slot', `SELECT pg_drop_replication_slot('evil')`],
  ['sets a replication origin', `SELECT pg_replication_origin_create('evil')`],
  ['forces a checkpoint', 'CHECKPOINT'],
  ['switches the WAL', 'SELECT pg_switch_wal()'],
  ['starts a base backup', modern ? `SELECT pg_backup_start('x')` : `SELECT pg_start_backup('x')`],
  ['resets the server’s statistics', 'SELECT pg_stat_reset()'],
  ['resets others’ statement statistics', 'SELECT pg_stat_statements_reset()'],
  ['makes an access method', 'CREATE ACCESS METHOD evil TYPE INDEX HANDLER bthandler'],
  ['makes a cast between the server’s types', 'CREATE CAST (text AS integer) WITH INOUT'],
  [
    'makes an operator class',
    'CREATE OPERATOR CLASS evil FOR TYPE integer USING btree AS FUNCTION 1 btint4cmp(integer, integer)',
  ],
  ['writes into the catalogs', `UPDATE pg_catalog.pg_class SET relname = relname`],
  ['makes a table in pg_catalog', 'CREATE TABLE pg_catalog.evil ()'],
];

async function refuses(
  facts: ConnectionFacts,
  sql: string | readonly string[],
  refusal: RegExp,
): Promise<void> {
  const statements = typeof sql === 'string' ? [sql] : sql;
  const session = await openConnection(facts, { applicationName: 'attacker' });
  try {
    await session.script('BEGIN').catch(() => undefined);
    if (/DATABASE|TABLESPACE|ALTER SYSTEM|SUBSCRIPTION/.test(statements.join()))
      await session.script('ROLLBACK');
    await assert.rejects(
      (async () => {
        for (const each of statements) await session.query(each);
      })(),
      (error: { code?: string; message?: string }) => {
        assert.match(String(error.code), refusal, String(error.message));
        return true;
      },
    );
  } finally {
    await session.close();
  }
}

for (const [index, [attempt, sql, refusal = NO]] of attempts.entries()) {
  test(`attempt ${index + 1} of ${attempts.length}: a branch’s role ${attempt}`, async () => {
    await refuses(a.facts, sql, refusal);
    // Sessions begin as the owner group; the login role itself has no more.
    await refuses(a.facts, ['SET ROLE NONE', ...(typeof sql === 'string' ? [sql] : sql)], refusal);
  });
}

const keptOut = (facts: ConnectionFacts) =>
  assert.rejects(ask(facts, 'SELECT 1'), (error: { status?: string }) => {
    // Wrong password, not allowed, no CONNECT, takes no connections.
    assert.match(String(error.status), /^(28P01|28000|42501|55000)$/);
    return true;
  });

const doors: readonly (readonly [string, ConnectionFacts])[] = [
  ['the neighbour', { ...a.facts, database: b.branch.name }],
  ['the baseline', { ...a.facts, database: 'golden' }],
  ['a baseline by the name that we give', { ...a.facts, database: baselineName('golden') }],
  ['the maintenance database', { ...a.facts, database: 'postgres' }],
  ['template1', { ...a.facts, database: 'template1' }],
  ['template0', { ...a.facts, database: 'template0' }],
  ['its own database as its group', { ...a.facts, user: mine.group }],
  ['its own database as the neighbour', { ...a.facts, user: others.login }],
  ['the neighbour with its own password', { ...b.facts, password: a.facts.password }],
  ['the maintenance database as the administrator', { ...admin, password: a.facts.password }],
];
for (const [index, [door, facts]] of doors.entries()) {
  test(`door ${index + 1} of ${doors.length}: a branch’s role does not get into ${door}`, async () => {
    if (door === 'a baseline by the name that we give')
      await assert.rejects(ask(facts, 'SELECT 1'), /does not exist|no database|not there/);
    else await keptOut(facts);
    await ask(a.facts, 'SELECT 1');
  });
}

test('PUBLIC gets in no more when the branch’s role says so', async () => {
  await ask(a.facts, `GRANT ALL ON DATABASE ${A} TO PUBLIC`).catch(() => undefined);
  const acl = await ask(
    admin,
    `SELECT FROM pg_database d, aclexplode(d.datacl) x WHERE d.datname = ${literal(a.branch.name)} AND x.grantee = 0`,
  );
  assert.deepEqual(acl, []);
});

test('a branch’s role ends and cancels nobody else’s session, and reads no other’s statement', async () => {
  const words = 'SELECT 4711 AS of_the_neighbour';
  const sessions = [admin, b.facts].map((facts) => openConnection(facts, { applicationName: 'victim' }));
  try {
    for (const opening of sessions) {
      const session = await opening;
      await session.query(words);
      for (const call of ['pg_terminate_backend', 'pg_cancel_backend']) {
        await refuses(a.facts, `SELECT ${call}(${session.processId})`, NO);
      }
      const seen = await ask(a.facts, `SELECT query FROM pg_stat_activity WHERE pid = ${session.processId}`);
      assert.deepEqual(seen, [{ query: '<insufficient privilege>' }]);
      await session.query('SELECT 1');
    }
    const texts = await ask(a.facts, 'SELECT query FROM pg_stat_statements');
    assert.ok(!texts.some(({ query }) => String(query).includes('of_the_neighbour')));
    assert.ok(texts.some(({ query }) => query === '<insufficient privilege>'));
  } finally {
    for (const opening of sessions) await (await opening).close();
  }
});

test('a branch’s role cannot keep our locks from us: they are another database’s', async () => {
  const held = `SELECT classid::bigint AS high, objid::bigint AS low FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE locktype = 'advisory' AND granted AND d.datname = 'postgres'`;
  const session = await openConnection(a.facts, { applicationName: 'attacker' });
  try {
    await server.hold(identity(1), async () => {
      const keys = await ask(admin, held);
      assert.equal(keys.length, 1);
      for (const { high, low } of keys) {
        await session.query('SELECT pg_advisory_lock((($1::bigint << 32) | $2::bigint))', [high, low]);
      }
    });
    assert.equal(await server.hold(identity(1), async () => 'held again'), 'held again');
  } finally {
    await session.close();
  }
});

test('labels, which everybody may read, hold no secret', async () => {
  const [{ secret } = {}] = await ask(admin, 'SELECT secret FROM pullgres.installation');
  const texts = (await ask(a.facts, 'SELECT description FROM pg_shdescription')).map((row) =>
    String(row.description),
  );
  assert.ok(
    texts.some((text) => text.includes('"number":2')),
    'the neighbour’s label can be read',
  );
  for (const hidden of [
    String(secret),
    a.facts.password.reveal(),
    b.facts.password.reveal(),
    admin.password.reveal(),
  ]) {
    assert.ok(!texts.some((text) => text.includes(hidden)));
  }
});

test('where PUBLIC may enter the maintenance database, there is nothing to be read and nothing to be done', async () => {
  await ask(admin, 'GRANT CONNECT ON DATABASE postgres TO PUBLIC');
  try {
    const inside = { ...a.facts, database: 'postgres' };
    for (const sql of [
      'SELECT * FROM pullgres.installation',
      'SELECT * FROM pullgres.notes',
      'DELETE FROM pullgres.notes',
      'CREATE SCHEMA mine',
      'CREATE TEMP TABLE mine ()',
      'CREATE TABLE pullgres.mine ()',
    ]) {
      await refuses(inside, sql, NO);
    }
    const tables = await ask(
      inside,
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'm', 'v') AND c.oid >= 16384 AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`,
    );
    assert.deepEqual(tables, []);
  } finally {
    await ask(admin, 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
  }
});

test(`${attempts.length} attempts, each as the group and as the login role, and ${doors.length} doors left both branches whole`, async () => {
  assert.ok(attempts.length + doors.length >= 40);
  assert.deepEqual(await server.find(identity(1)), a.branch);
  assert.deepEqual(await server.find(identity(2)), b.branch);
  assert.equal(await server.recall(b.branch), 'a note about b');
});
