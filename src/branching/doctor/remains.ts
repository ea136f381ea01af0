import type { Admin } from '../admin.ts';
import { parseLabel } from '../labels.ts';
import { type Check, inside, ok, problem, type RemedySql, remedy, unknown, warning } from './check.ts';
import { ageWords, counted, isAre, listedNames, sizeWords, sqlName, sqlText } from './words.ts';

const invalid: Check = {
  id: 'invalid-databases',
  group: 'remains',
  title: 'No database is half dropped',
  run: (_admin, { survey }) => {
    const broken = survey.databases.filter((database) => database.invalid).map(({ name }) => name);
    if (broken.length === 0) return ok('No interrupted DROP DATABASE left anything (connection limit -2).');
    return warning(
      `${listedNames(broken)} ${isAre(broken.length)} half dropped: the disk is taken, and nobody can use it.`,
      remedy(
        'As the owner or a superuser, drop it again:',
        ...broken.map((name) => `DROP DATABASE ${sqlName(name)}`),
      ),
    );
  },
};

/** A job that makes something now: what it has made so far looks like what a killed one leaves. */
async function jobsAtWork(admin: Admin): Promise<number> {
  const { rows } = await admin.query(
    `SELECT count(*) AS n FROM pg_stat_activity
     WHERE usename = current_user AND application_name = 'pullgres' AND pid <> pg_backend_pid()`,
  );
  return Number(rows[0]?.n);
}

const HALF_MADE_AFTER_S = 3_600;

const unfinished: Check = {
  id: 'unfinished',
  group: 'remains',
  title: 'No branch or baseline is half made',
  run: async (admin, { survey, server }) => {
    const now = server.now().getTime();
    const found = survey.unfinished.map(({ database, createdAt }) => ({
      name: database.name,
      seconds: createdAt === undefined ? undefined : (now - Date.parse(createdAt)) / 1000,
    }));
    if (found.length === 0) return ok('None is.');
    const jobs = await jobsAtWork(admin);
    const stale = found.filter(({ seconds }) => (jobs === 0 ? true : (seconds ?? 0) > HALF_MADE_AFTER_S));
    if (stale.length === 0)
      return ok(`${counted(found.length, 'database')} in the making by ${counted(jobs, 'session')} at work.`);
    const oldest = Math.max(...stale.map(({ seconds }) => seconds ?? 0));
    return warning(
      `${listedNames(stale.map(({ name }) => name))} ${isAre(stale.length)} half made${oldest > 0 ? `, the oldest for ${ageWords(oldest)}` : ''}.`,
      remedy(
        'The next run of its pull request clears it, and so does a sweep; by hand, when no job is at work:',
        ...stale.map(({ name }) => `DROP DATABASE ${sqlName(name)} WITH (FORCE)`),
      ),
    );
  },
};

const expired: Check = {
  id: 'expired-branches',
  group: 'remains',
  title: 'No branch outlives its time',
  run: (_admin, { survey, server }) => {
    const now = server.now().getTime();
    const late = survey.branches.filter(({ labels }) => Date.parse(labels.expiresAt) < now);
    const all = counted(survey.branches.length, 'branch', 'branches');
    if (late.length === 0) return ok(`${all}, none of them expired.`);
    return warning(
      `${late.length} of ${all} ${isAre(late.length)} expired: ${listedNames(late.map(({ database }) => database.name))}.`,
      remedy('Run pullgres sweep, and schedule the sweep action.'),
    );
  },
};

const ROLES = `
  SELECT r.rolname::text AS name, shobj_description(r.oid, 'pg_authid') AS comment,
         ARRAY(SELECT DISTINCT d.datname::text FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
               WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid ORDER BY 1) AS elsewhere
  FROM pg_roles r WHERE shobj_description(r.oid, 'pg_authid') LIKE 'pullgres:%' ORDER BY 1`;

const orphanRoles: Check = {
  id: 'orphan-roles',
  group: 'remains',
  title: 'No role outlives its database',
  run: async (admin, { survey, server }) => {
    const names = new Set(survey.databases.map(({ name }) => name));
    const { rows } = await admin.query(ROLES);
    const ours = rows.flatMap((row) => {
      const label = parseLabel(String(row.comment));
      return label && 'role' in label
        ? [{ name: String(row.name), database: label.role.database, elsewhere: row.elsewhere as string[] }]
        : [];
    });
    const orphans = ours.filter(({ database }) => !names.has(database));
    if (orphans.length === 0) return ok(`${counted(ours.length, 'role')} of ours, each with its database.`);
    const jobs = await jobsAtWork(admin);
    const words = `${listedNames(orphans.map(({ name }) => name))} ${isAre(orphans.length)} without a database`;
    if (jobs > 0) return unknown(`${words}; ${counted(jobs, 'session')} at work may be making it.`);
    const drop = ({ name, elsewhere }: (typeof orphans)[number]): readonly RemedySql[] => [
      ...elsewhere.map((database) => inside(database, `DROP OWNED BY ${sqlName(name)}`)),
      inside(server.facts.database, `DROP OWNED BY ${sqlName(name)}`),
      inside(server.facts.database, `DROP ROLE ${sqlName(name)}`),
    ];
    return warning(`${words}.`, remedy('Drop them; a sweep does it as well:', ...orphans.flatMap(drop)));
  },
};

/** Directories whose database has no row; one that is being made has none yet either, so that young ones do not count. */
const DIRECTORIES = `
  SELECT d.name, (SELECT coalesce(sum(f.size), 0) FROM pg_ls_dir('base/' || d.name, true, false) e,
                  pg_stat_file('base/' || d.name || '/' || e, true) f) AS bytes
  FROM pg_ls_dir('base') d(name)
  WHERE d.name ~ '^[0-9]+$' AND d.name::oid NOT IN (SELECT oid FROM pg_database)
    AND (SELECT modification FROM pg_stat_file('base/' || d.name, true)) < now() - interval '10 minutes'
    AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND query ~* 'create\\s+database')
  ORDER BY d.name::oid`;

const orphanDirectories: Check = {
  id: 'orphan-directories',
  group: 'remains',
  title: 'No files of a database that is none',
  run: async (admin) => {
    const { rows } = await admin.query(DIRECTORIES);
    if (rows.length === 0) return ok('Every directory below base belongs to a database.');
    const bytes = rows.reduce((sum, row) => sum + Number(row.bytes), 0);
    return warning(
      `${rows.map((row) => `base/${row.name}`).join(', ')} ${isAre(rows.length)} no database’s (${sizeWords(bytes)}): a crash in the middle of CREATE DATABASE leaves that.`,
      remedy(
        `On the server’s machine, in its data directory, when no database is being made: rm -r ${rows.map((row) => `base/${row.name}`).join(' ')}`,
      ),
    );
  },
};

const SLOTS = `
  SELECT slot_name::text AS name, database::text AS database, active,
         wal_status = 'lost' AS lost, pg_wal_lsn_diff(
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn) AS retained
  FROM pg_replication_slots ORDER BY retained DESC NULLS LAST, 1`;

const dropSlots = (names: readonly string[]) =>
  names.map((name) => `SELECT pg_drop_replication_slot(${sqlText(name)})`);

/** One WAL segment and more is normal; this is not. */
const MUCH_WAL = 1024 ** 3;

const slots: Check = {
  id: 'inactive-slots',
  group: 'remains',
  title: 'No replication slot waits for a reader',
  run: async (admin) => {
    const { rows } = await admin.query(SLOTS);
    const idle = rows.filter((row) => row.active !== true);
    if (idle.length === 0) return ok(`${counted(rows.length, 'slot')}, none of them idle.`);
    const retained = Math.max(0, ...idle.map((row) => Number(row.retained ?? 0)));
    const names = idle.map((row) => String(row.name));
    const outcome = retained > MUCH_WAL ? problem : warning;
    return outcome(
      `${listedNames(names)} ${isAre(names.length)} not read; the server keeps ${sizeWords(retained)} of WAL for the one farthest behind.`,
      remedy('Start the reader, or drop what has none:', ...dropSlots(names)),
    );
  },
};

const branchSlots: Check = {
  id: 'branch-slots',
  group: 'remains',
  title: 'No replication slot or subscription hangs on a branch or baseline',
  run: async (admin, { survey }) => {
    const ours = [...survey.branches, ...survey.baselines, ...survey.unfinished].map(
      ({ database }) => database.name,
    );
    const { rows } = await admin.query(
      'SELECT slot_name::text AS name, active_pid AS pid FROM pg_replication_slots WHERE database = ANY($1) ORDER BY 1',
      [ours],
    );
    const subscriptions = await admin.query(
      `SELECT s.subname::text AS name, d.datname::text AS database FROM pg_subscription s
       JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = ANY($1) ORDER BY 1`,
      [ours],
    );
    if (rows.length + subscriptions.rows.length === 0)
      return ok(`None, of ${counted(ours.length, 'database')}.`);
    const names = rows.map((row) => String(row.name));
    const subscribed = subscriptions.rows.map((row) => ({
      name: String(row.name),
      database: String(row.database),
    }));
    return problem(
      `${listedNames([...names, ...subscribed.map(({ name }) => name)])}: a branch with an active slot or a subscription cannot be dropped.`,
      remedy(
        'As a superuser; a closed baseline must be opened for its subscription:',
        ...rows.flatMap((row) =>
          row.pid === null ? [] : [`SELECT pg_terminate_backend(${Number(row.pid)})`],
        ),
        ...dropSlots(names),
        ...subscribed.flatMap(({ name, database }) =>
          ['DISABLE', 'SET (slot_name = NONE)']
            .map((what) => inside(database, `ALTER SUBSCRIPTION ${sqlName(name)} ${what}`))
            .concat(inside(database, `DROP SUBSCRIPTION ${sqlName(name)}`)),
        ),
      ),
    );
  },
};

export const remainsChecks: readonly Check[] = [
  invalid,
  unfinished,
  expired,
  orphanRoles,
  orphanDirectories,
  slots,
  branchSlots,
];
