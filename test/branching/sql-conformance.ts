import assert from 'node:assert/strict';
import { baselineName } from '../../src/branching/guards.ts';
import { roleNames } from '../../src/branching/identity.ts';
import type { Branch } from '../../src/branching/provider.ts';
import { openConnection, ServerError } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { connectionUrl, parseServerUrl } from '../../src/postgres/url.ts';
import { Secret } from '../../src/secret.ts';
import { asks, type Behaviour, baselineOf, pull, type Subject, withBaseline, withBranch } from './subject.ts';

/** Runs one statement as the facts' user and gives its rows. */
export async function ask(facts: ConnectionFacts, sql: string): Promise<readonly Record<string, unknown>[]> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    return (await connection.query(sql)).rows;
  } finally {
    await connection.close();
  }
}

/** Runs several statements in one session of the facts' user. */
export async function tell(facts: ConnectionFacts, ...statements: readonly string[]): Promise<void> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    for (const sql of statements) await connection.query(sql);
  } finally {
    await connection.close();
  }
}

/** The server lets nobody in by these facts. */
async function keptOut(facts: ConnectionFacts): Promise<void> {
  await assert.rejects(ask(facts, 'SELECT 1'), (error: unknown) => {
    const status = error instanceof Error && 'status' in error ? String(error.status) : '';
    // 28P01 wrong password, 28000 not allowed, 42501 no CONNECT, 55000 takes no connections.
    assert.match(
      status,
      /^(28P01|28000|42501|55000)$/,
      `${facts.user} on ${facts.database}: ${String(error)}`,
    );
    return true;
  });
}

/** Neither as the owner group, which sessions begin as, nor as the login role itself. */
async function denied(facts: ConnectionFacts, sql: string): Promise<void> {
  await refusedRight(ask(facts, sql), sql);
  await refusedRight(tell(facts, 'SET ROLE NONE', sql), sql);
}

async function refusedRight(work: Promise<unknown>, sql: string): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    const code = error instanceof ServerError ? error.code : String(error);
    assert.match(code, /^42501$/, `${sql}: ${String(error)}`);
    return true;
  });
}

function adminOf(subject: Subject): ConnectionFacts {
  assert.ok(subject.admin, 'a provider with capabilities.sql needs the administrator’s facts');
  return subject.admin;
}

async function connected(
  subject: Subject,
  number: number,
): Promise<{ branch: Branch; facts: ConnectionFacts }> {
  const branch = await withBranch(subject, number);
  return { branch, facts: await subject.provider.connect(branch) };
}

/** A login role that has nothing but what PUBLIC has. */
async function withStranger(
  subject: Subject,
  work: (facts: ConnectionFacts) => Promise<void>,
): Promise<void> {
  const admin = adminOf(subject);
  const user = `stranger_${subject.repositoryId}`;
  await ask(admin, `CREATE ROLE ${user} LOGIN PASSWORD 'only-for-this-test'`);
  try {
    await work({ ...admin, user, password: new Secret('only-for-this-test') });
  } finally {
    await ask(admin, `DROP ROLE ${user}`);
  }
}

/** What holds of every provider whose branches take SQL, beside `behaviours`. */
export const sqlBehaviours: readonly Behaviour[] = [
  {
    name: 'usage tells who is in the branch and since when nothing moved',
    run: async (subject) => {
      const { branch, facts } = await connected(subject, 1);
      assert.equal((await subject.provider.usage(branch)).lastActivity, undefined);
      const session = await openConnection(facts, { applicationName: 'pullgres tests' });
      try {
        const { rows } = await session.query('SELECT clock_timestamp()::text AS now');
        const { sessions, lastActivity = '' } = await subject.provider.usage(branch);
        assert.equal(sessions, 1);
        assert.ok(Math.abs(Date.parse(lastActivity) - Date.parse(String(rows[0]?.now))) < 60_000);
      } finally {
        await session.close();
      }
    },
  },
  {
    name: 'the URL works, as the branch’s own role on the branch’s own database',
    run: async (subject) => {
      const { branch, facts } = await connected(subject, 1);
      const again = parseServerUrl(connectionUrl(facts));
      const rows = await ask(
        again,
        'SELECT current_database()::text AS database, session_user::text AS role',
      );
      assert.deepEqual(rows, [{ database: branch.name, role: roleNames(branch.name).login }]);
    },
  },
  {
    name: 'a branch’s role gets into no neighbour and no baseline, nor with another’s password',
    run: async (subject) => {
      const { branch, facts } = await connected(subject, 1);
      const other = await connected(subject, 2);
      await keptOut({ ...facts, database: other.branch.name });
      await keptOut({ ...facts, database: baselineName(branch.labels.baselineId) });
      await keptOut({ ...facts, password: other.facts.password });
      await keptOut({ ...other.facts, user: facts.user });
      await keptOut({ ...facts, user: roleNames(branch.name).group });
      await ask(facts, 'SELECT 1');
    },
  },
  {
    name: 'PUBLIC cannot connect to a branch, a baseline or a baseline being built',
    run: async (subject) => {
      await withStranger(subject, async (stranger) => {
        await subject.provider.ensureBaseline(baselineOf(subject), async (facts) => {
          await keptOut({ ...stranger, database: facts.database });
        });
        const { branch } = await connected(subject, 1);
        await keptOut({ ...stranger, database: baselineName(branch.labels.baselineId) });
        await keptOut({ ...stranger, database: branch.name });
        const { branch: reset } = await subject.provider.reset(branch, branch.labels.baselineId);
        await keptOut({ ...stranger, database: reset.name });
        const acl = await ask(
          adminOf(subject),
          `SELECT a.privilege_type FROM pg_database d, aclexplode(d.datacl) a
           WHERE d.datname = ${literal(branch.name)} AND a.grantee = 0`,
        );
        assert.deepEqual(acl, []);
      });
    },
  },
  {
    name: 'the branch owns what came with the baseline and what it makes',
    run: async (subject) => {
      await subject.provider.ensureBaseline(baselineOf(subject), (facts) => everyKind(facts));
      const { branch, facts } = await connected(subject, 1);
      for (const sql of CHANGES) await ask(facts, sql);
      // Before Postgres 15 `public` is the bootstrap superuser's, and nobody else can give it away.
      const [{ keeps } = { keeps: undefined }] = await ask(adminOf(subject), PUBLIC_STAYS);
      await (keeps === true ? denied(facts, TAKE_PUBLIC) : ask(facts, TAKE_PUBLIC));
      const group = roleNames(branch.name).group;
      assert.deepEqual(await ask(facts, STRAY_OWNERS), []);
      const made = await ask(
        facts,
        `SELECT pg_get_userbyid(relowner)::text AS owner FROM pg_class WHERE relname = 'made_here'`,
      );
      assert.deepEqual(made, [{ owner: group }]);
    },
  },
  {
    name: 'a branch cannot forge its labels',
    run: async (subject) => {
      const { branch, facts } = await connected(subject, 1);
      const name = identifier(branch.name);
      const login = identifier(roleNames(branch.name).login);
      const group = identifier(roleNames(branch.name).group);
      for (const sql of [
        `COMMENT ON DATABASE ${name} IS 'pullgres:{}'`,
        `COMMENT ON ROLE ${login} IS 'pullgres:{}'`,
        `COMMENT ON ROLE ${group} IS 'pullgres:{}'`,
        `ALTER DATABASE ${name} OWNER TO ${group}`,
        `ALTER DATABASE ${name} IS_TEMPLATE true`,
        `ALTER DATABASE ${name} CONNECTION LIMIT 1`,
        `GRANT CONNECT ON DATABASE ${name} TO PUBLIC`,
        `SET SESSION AUTHORIZATION ${identifier(adminOf(subject).user)}`,
        `SET ROLE ${identifier(adminOf(subject).user)}`,
      ]) {
        // GRANT without grant option is a warning that grants nothing.
        if (sql.startsWith('GRANT')) await ask(facts, sql).catch(() => undefined);
        else await denied(facts, sql);
      }
      assert.deepEqual(await subject.another.find(pull(subject, 1)), branch);
      await withStranger(subject, (stranger) => keptOut({ ...stranger, database: branch.name }));
    },
  },
  {
    name: 'a branch’s role has no right on the server',
    run: async (subject) => {
      const { facts } = await connected(subject, 1);
      for (const sql of [
        'CREATE DATABASE pullgres_more',
        'CREATE ROLE pullgres_more',
        `ALTER ROLE ${identifier(facts.user)} VALID UNTIL 'infinity'`,
        `COPY (SELECT 1) TO PROGRAM 'true'`,
        `COPY (SELECT 1) TO '/tmp/pullgres-test'`,
        `SELECT pg_read_file('PG_VERSION')`,
        `SELECT pg_ls_dir('.')`,
        `ALTER ROLE ${identifier(facts.user)} CONNECTION LIMIT -1`,
        'ALTER SYSTEM SET work_mem = 64',
        'CHECKPOINT',
        'SELECT rolpassword FROM pg_authid',
      ]) {
        await denied(facts, sql);
      }
    },
  },
  {
    name: 'the secret of the installation is read by nobody else',
    run: async (subject) => {
      const { facts } = await connected(subject, 1);
      const admin = adminOf(subject);
      const read = 'SELECT secret FROM pullgres.installation';
      const inside = { ...facts, database: admin.database };
      await assert.rejects(ask(inside, read), /permission denied|does not let this user in/);
      await withStranger(subject, (stranger) =>
        assert.rejects(ask(stranger, read), /permission denied|does not let/),
      );
      assert.match(String((await ask(admin, read))[0]?.secret), /^[0-9a-f-]{72}$/);
    },
  },
  {
    name: 'the role ends with the branch’s expiry, which create renews',
    run: async (subject) => {
      const { branch, facts } = await connected(subject, 1);
      const until = async () => {
        const rows = await ask(
          adminOf(subject),
          `SELECT to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS until, rolconnlimit > 0 AS limited
           FROM pg_roles WHERE rolname = ${literal(facts.user)}`,
        );
        return rows[0];
      };
      assert.deepEqual(await until(), { until: branch.labels.expiresAt, limited: true });
      const expiresAt = '2127-05-06T07:08:09.123Z';
      await subject.another.create({ ...asks(subject, pull(subject, 1)), expiresAt });
      assert.deepEqual(await until(), { until: expiresAt, limited: true });
    },
  },
  {
    name: 'create mends a password that the branch’s own sessions changed',
    run: async (subject) => {
      const { facts } = await connected(subject, 1);
      await tell(facts, 'SET ROLE NONE', `ALTER ROLE ${identifier(facts.user)} PASSWORD 'mine now'`);
      await keptOut(facts);
      await subject.provider.create(asks(subject, pull(subject, 1)));
      await ask(facts, 'SELECT 1');
    },
  },
  {
    name: 'reset and remove end the sessions of the branch',
    run: async (subject) => {
      const { branch, facts } = await connected(subject, 1);
      const sessions = [
        await openConnection(facts, { applicationName: 'pullgres tests' }),
        await openConnection(facts, { applicationName: 'pullgres tests' }),
      ];
      try {
        await sessions[0]?.script('BEGIN; CREATE TABLE held (); ');
        await subject.provider.reset(branch, branch.labels.baselineId);
        await assert.rejects(sessions[0]?.query('SELECT 1') ?? Promise.resolve());
        sessions.push(await openConnection(facts, { applicationName: 'pullgres tests' }));
        await subject.provider.remove(pull(subject, 1));
        await assert.rejects(sessions[2]?.query('SELECT 1') ?? Promise.resolve());
      } finally {
        for (const session of sessions) await session.close();
      }
    },
  },
  {
    name: 'no role outlives its branch, a failed build, or a finished one',
    run: async (subject) => {
      const admin = adminOf(subject);
      const logins = () =>
        ask(admin, `SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'pullgres%' ORDER BY 1`);
      const before = await logins();
      await assert.rejects(
        subject.provider.ensureBaseline(baselineOf(subject, 'broken'), async () => {
          throw new Error('stumbled');
        }),
      );
      assert.deepEqual(await logins(), before);
      await withBaseline(subject);
      const { group } = roleNames(baselineName(baselineOf(subject).id));
      const published = await logins();
      assert.deepEqual(
        new Set(published.map((row) => row.rolname)),
        new Set([...before.map((row) => row.rolname), group]),
      );
      await withBranch(subject, 1);
      assert.equal((await logins()).length, published.length + 2);
      await subject.provider.remove(pull(subject, 1));
      assert.deepEqual(await logins(), published);
    },
  },
];

/** One object of every kind that a branch must own afterwards. */
async function everyKind(facts: ConnectionFacts): Promise<void> {
  for (const sql of [
    'CREATE SCHEMA "Odd ""name"',
    "CREATE TYPE mood AS ENUM ('glad')",
    'CREATE TYPE pair AS (a integer, b text)',
    'CREATE TYPE span AS RANGE (subtype = integer)',
    'CREATE DOMAIN short AS text CHECK (length(value) < 9)',
    'CREATE TABLE "Odd ""name"."a ""b" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n serial, m mood, t text)',
    'CREATE TABLE parted (id integer) PARTITION BY RANGE (id)',
    'CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9)',
    'CREATE SEQUENCE numbers',
    'CREATE VIEW seen AS SELECT 1 AS one',
    'CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one',
    "CREATE FUNCTION twice(i integer, OUT o integer) LANGUAGE sql AS 'SELECT i * 2'",
    "CREATE PROCEDURE work(pair) LANGUAGE sql AS 'SELECT 1'",
    'CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer)',
    'CREATE COLLATION plain FROM "C"',
    'CREATE STATISTICS both_columns ON id, n FROM "Odd ""name"."a ""b"',
    'CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.simple)',
    'CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = pg_catalog.simple)',
  ]) {
    await ask(facts, sql);
  }
  await tell(facts, 'SET ROLE NONE', 'CREATE TABLE own_hands (id integer)');
}

const TAKE_PUBLIC = 'ALTER SCHEMA public OWNER TO CURRENT_USER';

const PUBLIC_STAYS = `
  SELECT current_setting('server_version_num')::int < 150000 AND NOT rolsuper AS keeps
  FROM pg_roles WHERE rolname = current_user`;

const CHANGES: readonly string[] = [
  'ALTER TABLE "Odd ""name"."a ""b" ADD COLUMN later integer',
  'INSERT INTO "Odd ""name"."a ""b" (t) VALUES (\'x\')',
  "ALTER TYPE mood ADD VALUE 'sad'",
  'ALTER TYPE pair ADD ATTRIBUTE c integer',
  'ALTER TYPE span RENAME TO spans',
  'ALTER DOMAIN short SET NOT NULL',
  'DROP TABLE parted_1',
  'DROP TABLE own_hands',
  'ALTER SEQUENCE numbers RESTART WITH 5',
  'CREATE OR REPLACE VIEW seen AS SELECT 1 AS one, 2 AS two',
  'REFRESH MATERIALIZED VIEW kept',
  'DROP FUNCTION twice(integer)',
  'DROP PROCEDURE work(pair)',
  'DROP AGGREGATE total(integer)',
  'DROP COLLATION plain',
  'DROP STATISTICS both_columns',
  'DROP TEXT SEARCH CONFIGURATION words',
  'DROP TEXT SEARCH DICTIONARY stems',
  'CREATE TABLE public.made_here (id integer)',
  'CREATE SCHEMA more',
  'DROP SCHEMA "Odd ""name" CASCADE',
];

/** Relations and types of people's schemas that the session's role does not own. Multiranges follow their range from Postgres 17 on; before, nothing asks for their owner. */
const STRAY_OWNERS = `
  SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relowner <> current_user::regrole
  UNION ALL
  SELECT t.typname::text FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typowner <> current_user::regrole
    AND t.typname NOT LIKE '%multirange'`;
