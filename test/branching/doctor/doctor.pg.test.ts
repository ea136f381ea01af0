import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { locked } from '../../../src/branching/admin.ts';
import { judgeLocks } from '../../../src/branching/doctor/capacity.ts';
import type { CheckStatus } from '../../../src/branching/doctor/check.ts';
import { checks } from '../../../src/branching/doctor/checks.ts';
import type { Examined } from '../../../src/branching/doctor/examine.ts';
import { baselineName } from '../../../src/branching/guards.ts';
import { branchName, roleNames } from '../../../src/branching/identity.ts';
import { labelText } from '../../../src/branching/labels.ts';
import { serverOf } from '../../../src/branching/postgres.ts';
import { type Connection, openConnection } from '../../../src/postgres/connection.ts';
import { identifier, literal } from '../../../src/postgres/quote.ts';
import {
  type Asked,
  asked,
  BASELINE,
  createBranch,
  heal,
  IDENTITY,
  type Patient,
  patient,
} from './planted.ts';

const BASE = baselineName(BASELINE.id);
const BRANCH = branchName(IDENTITY);
const { login } = roleNames(BRANCH);
const HOUR = 3_600_000;

type Mend = (patient: Patient, found: Examined) => Promise<void>;

/** A fault: what makes it, what the check says of it, and what takes it away: the remedy's own SQL, unless said otherwise. */
type Fault = {
  readonly check: string;
  readonly of: string;
  readonly plant: (patient: Patient) => Promise<unknown>;
  readonly status: CheckStatus;
  readonly says: RegExp;
  /** What the remedy's words say. */
  readonly advises?: RegExp;
  readonly asked?: Asked;
  readonly mend?: Mend;
  /** What the check says once it is mended; ok when left out. */
  readonly afterwards?: CheckStatus;
  /** The first version that can show it. */
  readonly since?: number;
};

const byHand: (work: (patient: Patient) => Promise<unknown>) => Mend = (work) => async (patient) => {
  await work(patient);
};
const said =
  (...statements: readonly string[]) =>
  async ({ sql }: Patient) => {
    for (const statement of statements) await sql(statement);
  };
const open: Connection[] = [];
const enter = async ({ facts }: Patient, database: string) => {
  const session = await openConnection({ ...facts, database }, { applicationName: 'somebody' });
  open.push(session);
  return session;
};
const leave = async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
};
const setting = async ({ sql }: Patient, name: string) => String((await sql(`SHOW ${name}`))[0]?.[name]);
const reload = async ({ sql }: Patient) => {
  await sql('SELECT pg_reload_conf()');
  await sleep(500);
};
const hba = async (patient: Patient, line: string) => {
  const file = await setting(patient, 'hba_file');
  writeFileSync(`${file}.kept`, readFileSync(file));
  appendFileSync(file, `\n${line}\n`);
};
const keptHba = byHand(async (patient) => {
  const file = await setting(patient, 'hba_file');
  writeFileSync(file, readFileSync(`${file}.kept`));
  rmSync(`${file}.kept`);
});
const opened = async (patient: Patient, work: () => Promise<unknown>) => {
  await patient.sql(`ALTER DATABASE ${BASE} ALLOW_CONNECTIONS true`);
  await work();
  await patient.sql(`ALTER DATABASE ${BASE} ALLOW_CONNECTIONS false`);
};
const prepare = async (patient: Patient, database: string, gid: string) => {
  const session = await openConnection({ ...patient.facts, database }, { applicationName: 'somebody' });
  await session.script('BEGIN; CREATE TABLE held (id int)');
  await session.script(`PREPARE TRANSACTION ${literal(gid)}`);
  await session.close();
};
const relabel = (database: string, label: Parameters<typeof labelText>[0]) =>
  said(`COMMENT ON DATABASE ${identifier(database)} IS ${literal(labelText(label))}`);
const branchLabel = (
  expiresAt: string,
  number = 7,
  state: 'ready' | 'making' = 'ready',
  repository?: string,
) => {
  const subject = { kind: 'pull-request', number } as const;
  const made = { baselineId: BASELINE.id, createdAt: '2026-01-01T00:00:00.000Z', expiresAt, touched: false };
  return {
    branch: {
      state,
      labels: { repositoryId: 5, repository, subject, headSha: '', baseRef: 'main', ...made },
    },
  };
};
const orphanDirectory = async (patient: Patient) =>
  join(await setting(patient, 'data_directory'), 'base', '4000000');

const faults: readonly Fault[] = [
  {
    check: 'writable',
    of: 'an administrator who may only read',
    plant: said('ALTER ROLE postgres SET default_transaction_read_only = on'),
    status: 'problem',
    says: /default_transaction_read_only is on/,
    mend: byHand(async ({ facts }) => {
      const session = await openConnection(facts, { applicationName: 'somebody' });
      await session.script('SET default_transaction_read_only = off');
      await session.script('ALTER ROLE postgres RESET default_transaction_read_only');
      await session.close();
    }),
  },
  {
    check: 'clock',
    of: 'a runner whose clock is an hour ahead',
    plant: async () => {},
    asked: { now: () => new Date(Date.now() + HOUR) },
    status: 'warning',
    says: /clock is 3\d{3}\.\d s behind/,
    mend: async () => {},
  },
  {
    check: 'password-encryption',
    of: 'md5',
    plant: async (patient) => {
      await patient.sql("ALTER SYSTEM SET password_encryption = 'md5'");
      await reload(patient);
    },
    status: 'warning',
    says: /password_encryption is md5/,
  },
  ...(
    [
      ['host all all 10.0.0.0/8 trust', 'problem', /trusts whoever comes over the network, line \d+/],
      ['host sameuser all 0.0.0.0/0 password', 'problem', /passwords in clear over the network, line \d+/],
      [
        'local pullgres_5_pr_7 all trust',
        'warning',
        /trusts everybody on the server’s own machine, line \d+/,
      ],
      ['host all all nonsense/99 trust', 'warning', /cannot be read at line \d+/],
      ['host elsewhere all 10.0.0.0/8 trust', 'ok', /No line/],
      ['host all all 10.0.0.0/8 md5', 'ok', /md5 in line \d+ means SCRAM/],
    ] as const
  ).map(
    ([line, status, says]): Fault => ({
      check: 'pg-hba',
      of: line,
      plant: (patient) => hba(patient, line),
      status,
      says,
      mend: keptHba,
    }),
  ),
  {
    check: 'installation',
    of: 'another owner',
    plant: said('CREATE ROLE thief', 'ALTER TABLE pullgres.installation OWNER TO thief'),
    status: 'problem',
    says: /pullgres\.installation belongs to thief, not to postgres/,
  },
  {
    check: 'installation',
    of: 'rights of PUBLIC and of a role',
    plant: said(
      'CREATE ROLE "reader x"',
      'GRANT SELECT ON pullgres.installation TO PUBLIC',
      'GRANT SELECT ON pullgres.installation TO "reader x"',
    ),
    status: 'problem',
    says: /PUBLIC has rights on pullgres\.installation|"reader x" has rights on pullgres\.installation/,
  },
  {
    check: 'administrator-timeouts',
    of: 'time limits that Pullgres lifts',
    plant: said("ALTER ROLE postgres SET statement_timeout = '7s'"),
    status: 'ok',
    says: /statement_timeout is 7000 ms; Pullgres lifts that/,
    mend: byHand(said('ALTER ROLE postgres RESET statement_timeout')),
  },
  {
    check: 'baseline-present',
    of: 'a name that no baseline has',
    plant: async () => {},
    asked: { baseline: 'bäse' },
    status: 'problem',
    says: /No database is labelled as the baseline "bäse"; there is "base"/,
    mend: async () => {},
  },
  {
    check: 'baseline-present',
    of: 'two databases that claim one name',
    plant: async (patient) => {
      await patient.sql('CREATE DATABASE pullgres_twin');
      await relabel('pullgres_twin', { baseline: BASELINE })(patient);
    },
    status: 'problem',
    says: /pullgres_twin all claim to be "base"/,
    mend: async (patient, found) => {
      await heal(found.remedy?.sql);
      await patient.sql('DROP DATABASE pullgres_twin');
    },
  },
  {
    check: 'baseline-closed',
    of: 'a baseline that lets people in',
    plant: said(`ALTER DATABASE ${BASE} ALLOW_CONNECTIONS true`),
    status: 'problem',
    says: /pullgres_baseline_base_\w+ lets people in/,
  },
  {
    check: 'baseline-template',
    of: 'a baseline that one DROP ends',
    plant: said(`ALTER DATABASE ${BASE} IS_TEMPLATE false`),
    status: 'problem',
    says: /is no template/,
  },
  {
    check: 'baseline-sessions',
    of: 'two sessions in a closed baseline',
    plant: (patient) =>
      opened(patient, async () => {
        await enter(patient, BASE);
        await enter(patient, BASE);
      }),
    status: 'problem',
    says: /2 sessions in pullgres_baseline_base/,
    mend: async (_patient, found) => {
      await heal(found.remedy?.sql);
      await leave();
    },
  },
  {
    check: 'baseline-prepared',
    of: 'two prepared transactions in a closed baseline',
    plant: (patient) =>
      opened(patient, async () => {
        await prepare(patient, BASE, "o'ne");
        const session = await enter(patient, BASE);
        await session.script("BEGIN; CREATE TABLE other (id int); PREPARE TRANSACTION E'two\\nlines'");
        await leave();
      }),
    status: 'problem',
    says: /2 prepared transactions in pullgres_baseline_base/,
  },
  {
    check: 'collation',
    of: 'a collation that the machine has changed',
    since: 15,
    plant: async (patient) => {
      await patient.sql(
        "CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'",
      );
      await patient.provider.publishBaseline('sorted', { id: 'sorted', kind: 'synthetic' });
      await patient.sql("UPDATE pg_database SET datcollversion = '1.2.3' WHERE datname = 'sorted'");
    },
    status: 'problem',
    says: /sorted was made with 1\.2\.3, the machine has [\d.]+/,
  },
  {
    check: 'baseline-settings',
    of: 'a lock timeout on the baseline',
    plant: said(`ALTER DATABASE ${BASE} SET lock_timeout = '3s'`),
    status: 'warning',
    says: /pullgres_baseline_base_\w+ has a lock_timeout, which/,
  },
  {
    check: 'baseline-settings',
    of: 'settings that go along, and one that does not',
    plant: said(
      `ALTER DATABASE ${BASE} SET work_mem = '9MB'`,
      `ALTER DATABASE ${BASE} SET statement_timeout = '7s'`,
    ),
    status: 'ok',
    says: /^2 settings of baselines go along to branches, but for statement_timeout\.$/,
    mend: byHand(said(`ALTER DATABASE ${BASE} RESET ALL`)),
  },
  {
    check: 'baseline-age',
    of: 'a baseline of last year',
    plant: relabel(BASE, {
      baseline: { ...BASELINE, kind: 'synthetic', createdAt: '2020-01-01T00:00:00.000Z' },
    }),
    status: 'warning',
    says: /"base" was made \d{4} days ago/,
    mend: byHand(relabel(BASE, { baseline: BASELINE })),
  },
  {
    check: 'baseline-masking',
    of: 'a masking that nothing proves',
    plant: relabel(BASE, { baseline: { ...BASELINE, kind: 'masked' } }),
    status: 'warning',
    says: /"base" is said to be masked and not proved, so no branch is made from it\. "base": It bears no proof/,
    mend: byHand(relabel(BASE, { baseline: BASELINE })),
  },
  {
    check: 'preload',
    of: 'a scheduler that works in the baseline',
    plant: said(`ALTER ROLE postgres SET cron.database_name = '${BASE}'`),
    status: 'problem',
    says: /pg_cron works in pullgres_baseline_base/,
    mend: byHand(said('ALTER ROLE postgres RESET cron.database_name')),
  },
  {
    check: 'branch-access',
    of: 'a branch that others get into',
    plant: said(
      'CREATE ROLE neighbour',
      `GRANT CONNECT ON DATABASE ${BRANCH} TO PUBLIC`,
      `GRANT ALL ON DATABASE ${BRANCH} TO neighbour`,
    ),
    status: 'problem',
    says: /PUBLIC has CONNECT on pullgres_5_pr_7/,
  },
  {
    check: 'branch-roles',
    of: 'a branch’s role with more than its branch',
    plant: said(`ALTER ROLE ${login} CREATEDB BYPASSRLS`, `GRANT pg_monitor TO ${login}`),
    status: 'problem',
    says: /pullgres_5_pr_7 has CREATEDB, BYPASSRLS and pullgres_5_pr_7 is a member of pg_monitor/,
  },
  {
    check: 'public-create',
    of: 'a database where everybody may create',
    plant: async ({ sql }) => {
      for (const { name } of await sql(
        "SELECT datname::text AS name FROM pg_database WHERE datallowconn AND has_database_privilege('public', oid, 'CONNECT')",
      ))
        await sql('GRANT CREATE ON SCHEMA public TO PUBLIC', String(name));
    },
    status: 'problem',
    says: /PUBLIC may connect to .*postgres and template1 and create/,
  },
  {
    check: 'public-connect',
    of: 'databases that everybody gets into, with hostile names',
    plant: said('CREATE DATABASE "evil\n\x1b[31m::error::x"', 'CREATE DATABASE "back\\slash\u202e"'),
    status: 'warning',
    says: /U&"evil\\\+00000A\\\+00001B\[31m::error::x", postgres and template1/,
  },
  {
    check: 'prepared-transactions',
    of: 'a prepared transaction of a branch',
    plant: (patient) => prepare(patient, BRANCH, 'held'),
    status: 'warning',
    says: /1 prepared transaction in pullgres_5_pr_7, the oldest of \d+ s/,
  },
  {
    check: 'connections',
    of: 'a server that is nearly full',
    plant: async (patient) => {
      for (let turn = 0; turn < 13; turn += 1) await enter(patient, 'postgres');
    },
    status: 'warning',
    says: /1[456] of 17 connections are in use \(max_connections 20, 3 reserved\)/,
    mend: byHand(leave),
  },
  {
    check: 'branch-connections',
    of: 'a branch that may take all',
    plant: said(`ALTER ROLE ${login} CONNECTION LIMIT -1`),
    status: 'warning',
    says: /1 branch may hold 17 connections together, of 17; pullgres_5_pr_7 may take all/,
  },
  {
    check: 'lock-table',
    of: 'a baseline of more tables than the lock table holds',
    plant: async () => {},
    status: 'warning',
    says: /40 relations .* about 320 locks at once, of 250 for all sessions \(max_locks_per_transaction 10\)/,
    // It takes a restart; what it asks for is enough.
    mend: async (_patient, found) => {
      const perTransaction = Number(/= (\d+)$/.exec(found.remedy?.sql[0]?.statement ?? '')?.[1]);
      assert.equal(judgeLocks({ relations: 40, perTransaction, sessions: 25 }).status, 'ok');
    },
    afterwards: 'warning',
  },
  {
    check: 'database-count',
    of: 'no autovacuum',
    plant: async (patient) => {
      await patient.sql('ALTER SYSTEM SET autovacuum = off');
      await reload(patient);
    },
    status: 'warning',
    says: /\d+ databases, 1 of them branches\. autovacuum is off/,
  },
  {
    check: 'wal',
    of: 'an archiver that fails',
    plant: async (patient) => {
      await patient.sql("ALTER SYSTEM SET archive_command = 'false'");
      await reload(patient);
      await patient.sql('SELECT pg_switch_wal() FROM (SELECT pg_create_restore_point($$x$$)) x');
      const failing = 'SELECT failed_count > 0 AS failing FROM pg_stat_archiver';
      for (let turn = 0; turn < 300 && (await patient.sql(failing))[0]?.failing !== true; turn += 1)
        await sleep(200);
    },
    status: 'problem',
    says: /The archiver fails \(\d+ times\)/,
    mend: byHand(async (patient) => {
      await patient.sql('ALTER SYSTEM RESET archive_command');
      await reload(patient);
      const failing = 'SELECT last_failed_time > last_archived_time AS failing FROM pg_stat_archiver';
      for (let turn = 0; turn < 300 && (await patient.sql(failing))[0]?.failing !== false; turn += 1)
        await sleep(200);
    }),
    // What is archived still costs.
    afterwards: 'warning',
  },
  {
    check: 'invalid-databases',
    of: 'an interrupted DROP DATABASE',
    plant: said(
      'CREATE DATABASE "half dropped"',
      "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half dropped'",
    ),
    status: 'warning',
    says: /"half dropped" is half dropped/,
  },
  {
    check: 'unfinished',
    of: 'a copy that never got its label',
    plant: said('CREATE DATABASE pullgres_5_pr_99 ALLOW_CONNECTIONS false'),
    status: 'warning',
    says: /pullgres_5_pr_99 is half made, and no job works on it/,
  },
  {
    check: 'unfinished',
    of: 'a branch that was in the making when its job was killed',
    plant: async (patient) => {
      await patient.sql('CREATE DATABASE pullgres_5_pr_98');
      await relabel('pullgres_5_pr_98', branchLabel('2126-01-01T00:00:00.000Z', 98, 'making'))(patient);
    },
    status: 'warning',
    says: /pullgres_5_pr_98 is half made, the oldest for \d+ days/,
    advises:
      /a sweep once it is an hour old: .* GITHUB_TOKEN .*node dist\/cli\.mjs sweep --repository OWNER\/NAME --apply \(OWNER\/NAME is the repository of number 5\)/,
  },
  {
    check: 'expired-branches',
    of: 'a branch beyond its time',
    plant: relabel(BRANCH, branchLabel('2026-01-02T00:00:00.000Z', 7, 'ready', 'acme/shop')),
    status: 'warning',
    says: /1 of 1 branch is expired: pullgres_5_pr_7/,
    advises:
      /PULLGRES_SERVER_URL and a GITHUB_TOKEN .*, node dist\/cli\.mjs sweep --repository acme\/shop --apply\.$/,
    mend: byHand(({ provider }) => createBranch(provider, IDENTITY)),
  },
  {
    check: 'orphan-roles',
    of: 'a role whose database is gone, with a table elsewhere',
    plant: async ({ sql }) => {
      await sql('CREATE ROLE pullgres_5_pr_97');
      const label = literal(labelText({ role: { database: 'pullgres_5_pr_97' } }));
      await sql(`COMMENT ON ROLE pullgres_5_pr_97 IS ${label}`);
      await sql('CREATE DATABASE shared_with_all');
      await sql('CREATE TABLE left_there (id int)', 'shared_with_all');
      await sql('ALTER TABLE left_there OWNER TO pullgres_5_pr_97', 'shared_with_all');
    },
    status: 'warning',
    says: /pullgres_5_pr_97 is without a database/,
  },
  {
    check: 'orphan-directories',
    of: 'what a crash in the middle of a copy leaves',
    plant: async (patient) => {
      const directory = await orphanDirectory(patient);
      mkdirSync(directory, { mode: 0o755 });
      writeFileSync(join(directory, '1259'), Buffer.alloc(3 * 1024 * 1024), { mode: 0o644 });
      utimesSync(directory, 1_700_000_000, 1_700_000_000);
    },
    status: 'warning',
    says: /base\/4000000 is no database’s \(3 MB\)/,
    mend: byHand(async (patient) => rmSync(await orphanDirectory(patient), { recursive: true })),
  },
  {
    check: 'inactive-slots',
    of: 'a slot that nobody reads',
    plant: said("SELECT pg_create_physical_replication_slot('lonely', true)"),
    status: 'warning',
    says: /lonely is not read; the server keeps \S+ \S+ of WAL/,
  },
  {
    check: 'branch-slots',
    of: 'a slot and a subscription in a branch',
    plant: async ({ sql, facts }) => {
      await sql("SELECT pg_create_logical_replication_slot('of_branch', 'pgoutput')", BRANCH);
      await sql(
        `CREATE SUBSCRIPTION heard CONNECTION 'host=127.0.0.1 port=${facts.port} dbname=none' PUBLICATION p WITH (connect = false)`,
        BRANCH,
      );
    },
    status: 'warning',
    says: /of_branch and heard: a slot keeps WAL/,
  },
];

for (const {
  check,
  of,
  plant,
  status,
  says,
  advises = /./,
  asked: options = {},
  mend,
  afterwards = 'ok',
  since = 0,
} of faults) {
  test(`${check}: ${of}`, async (t) => {
    t.after(leave);
    const ill = await patient();
    const version = Number(
      (await ill.sql("SELECT current_setting('server_version_num')::int / 10000 AS v"))[0]?.v,
    );
    if (version < since)
      return assert.equal((await asked(check)).status, check === 'collation' ? 'unknown' : 'ok');
    await plant(ill);
    const found = await asked(check, options);
    assert.equal(found.status, status, JSON.stringify(found));
    assert.match(found.detail, says);
    assert.doesNotMatch(found.detail, /[\p{Cc}\p{Cf}]/u);
    if (status !== 'ok') assert.match(found.remedy?.text ?? '', advises);
    if (mend) await mend(ill, found);
    else await heal(found.remedy?.sql);
    if (found.remedy?.sql.some(({ statement }) => statement.includes('reload'))) await sleep(500);
    const after = await asked(check);
    assert.equal(after.status, afterwards, JSON.stringify(after));
  });
}

test('what a job at work makes is not called left over', async () => {
  const { facts, sql } = await patient();
  const name = 'pullgres_5_pr_96';
  const statuses = async () => [(await asked('unfinished')).status, (await asked('orphan-roles')).status];
  const role = async (database: string) => {
    await sql(`CREATE ROLE ${database}`);
    await sql(`COMMENT ON ROLE ${database} IS ${literal(labelText({ role: { database } }))}`);
  };
  await sql(`CREATE DATABASE ${name} ALLOW_CONNECTIONS false`);
  await role('pullgres_5_pr_95');
  const server = serverOf({ facts, now: () => new Date() });
  await locked(server, name, () =>
    locked(server, 'pullgres_5_pr_95', async () => assert.deepEqual(await statuses(), ['ok', 'ok'])),
  );
  assert.deepEqual(await statuses(), ['warning', 'warning']);
  await sql(`DROP DATABASE ${name}`);
  await sql('DROP ROLE pullgres_5_pr_95');
});

/** Checks that no SQL on one server can make fail are judged elsewhere: by what they are given, by a weak administrator, by a pooler. */
const ELSEWHERE = [
  'server-version',
  'pooler',
  'tls',
  'administrator-rights',
  'administrator-connections',
  'baseline-owners',
  'baseline-contents',
  'free-space',
  'free-files',
  'copies',
];

test('every check has a fault', () => {
  const planted = new Set([...faults.map(({ check }) => check), ...ELSEWHERE]);
  assert.deepEqual(
    checks.map(({ id }) => id).filter((id) => !planted.has(id)),
    [],
  );
  assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length);
});
