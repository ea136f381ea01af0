import { byteWords } from '../../byte-words.ts';
import { serverTime } from '../admin.ts';
import { parseLabel } from '../labels.ts';
import { readOrphanDirectories } from '../remain-queries.ts';
import { readLockHolders } from '../survey.ts';
import { type Check, inside, ok, problem, type RemedySql, remedy, unknown, warning } from './check.ts';
import { sweepCommands } from './sweep-words.ts';
import { ageWords, counted, isAre, listed, listedNames, sqlName, sqlText } from './words.ts';

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

const unfinished: Check = {
  id: 'unfinished',
  group: 'remains',
  title: 'No branch or baseline is half made',
  run: async (admin, { survey, server }) => {
    if (survey.unfinished.length === 0) return ok('None is.');
    const isLocked = await readLockHolders(admin);
    const left = survey.unfinished.filter(({ lock }) => !isLocked(lock));
    if (left.length === 0) {
      return ok(`${counted(survey.unfinished.length, 'database')} in the making, each by a job at work.`);
    }
    const names = left.map(({ database }) => database.name);
    const born = left.flatMap(({ createdAt }) => (createdAt === undefined ? [] : [Date.parse(createdAt)]));
    const age =
      born.length === 0
        ? ''
        : `, the oldest for ${ageWords((server.now().getTime() - Math.min(...born)) / 1000)}`;
    return warning(
      `${listedNames(names)} ${isAre(names.length)} half made${age}, and no job works on it.`,
      remedy(
        `The next run of its pull request clears it, and so does a sweep once it is an hour old: ${sweepCommands(left.flatMap(({ repository }) => repository ?? []))}; by hand:`,
        ...names.map((name) => `DROP DATABASE ${sqlName(name)} WITH (FORCE)`),
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
      remedy(
        `Schedule the sweep action, which takes what ended over an hour ago; or run now, ${sweepCommands(late.map(({ labels }) => labels))}.`,
      ),
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
    // Roles are made before their database, by a job that holds its lock.
    const isLocked = await readLockHolders(admin);
    const orphans = ours.filter(({ database }) => !names.has(database) && !isLocked(database));
    if (orphans.length === 0)
      return ok(`${counted(ours.length, 'role')} of ours, none without its database.`);
    const words = `${listedNames(orphans.map(({ name }) => name))} ${isAre(orphans.length)} without a database`;
    const drop = ({ name, elsewhere }: (typeof orphans)[number]): readonly RemedySql[] => [
      ...elsewhere.map((database) => inside(database, `DROP OWNED BY ${sqlName(name)}`)),
      inside(server.facts.database, `DROP OWNED BY ${sqlName(name)}`),
      inside(server.facts.database, `DROP ROLE ${sqlName(name)}`),
    ];
    return warning(`${words}.`, remedy('Drop them; a sweep does it as well:', ...orphans.flatMap(drop)));
  },
};

/** A database that is being made has a directory before its row is seen; it is written to all the time. */
const YOUNG_MS = 600_000;

const orphanDirectories: Check = {
  id: 'orphan-directories',
  group: 'remains',
  title: 'No files of a database that is none',
  run: async (admin) => {
    const found = await readOrphanDirectories(admin);
    if (!found) return unknown('The administrator may not look into the data directory; a superuser may.');
    const now = (await serverTime(admin)).getTime();
    const old = found.filter(({ since }) => since !== undefined && now - Date.parse(since) > YOUNG_MS);
    if (old.length === 0) return ok('Every directory below base belongs to a database.');
    const bytes = old.reduce((sum, each) => sum + each.bytes, 0);
    const names = old.map(({ oid }) => `base/${oid}`);
    return warning(
      `${listed(names)} ${isAre(names.length)} no database’s (${byteWords(bytes)}): a crash in the middle of CREATE DATABASE leaves that.`,
      remedy(
        `On the server’s machine, in its data directory, when no database is being made: rm -r ${names.join(' ')}`,
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
      `${listedNames(names)} ${isAre(names.length)} not read; the server keeps ${byteWords(retained)} of WAL for the one farthest behind.`,
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
    return warning(
      `${listedNames([...names, ...subscribed.map(({ name }) => name)])}: a slot keeps WAL and dead rows of the whole server, a subscription brings rows in, and only some administrators may end them when the branch goes.`,
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
