import { byteWords } from '../../byte-words.ts';
import { roleNames } from '../identity.ts';
import { type Check, type Outcome, ok, problem, remedy, unknown, warning } from './check.ts';
import { chosenBaselines } from './survey.ts';
import { counted, listedNames, shown, sqlName } from './words.ts';

const LIMITS = `
  SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
         (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS own,
         (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) AS own_used`;

/** Of the connections that are not reserved. */
const FULL = 0.9;
const CROWDED = 0.7;

const connections: Check = {
  id: 'connections',
  group: 'capacity',
  title: 'The server has connections to spare',
  run: async (admin, { settings }) => {
    const maximum = settings.number('max_connections');
    if (maximum === undefined) return unknown('max_connections cannot be read.');
    const reserved =
      (settings.number('superuser_reserved_connections') ?? 0) +
      (settings.number('reserved_connections') ?? 0);
    const { rows } = await admin.query(LIMITS);
    const used = Number(rows[0]?.used);
    const detail = `${used} of ${maximum - reserved} connections are in use (max_connections ${maximum}, ${reserved} reserved).`;
    const advice = remedy(
      'End idle sessions, lower branch.connections in the policy, or raise max_connections and restart, as a superuser:',
      `ALTER SYSTEM SET max_connections = ${maximum * 2}`,
    );
    if (used >= FULL * (maximum - reserved)) return problem(detail, advice);
    return used >= CROWDED * (maximum - reserved) ? warning(detail, advice) : ok(detail);
  },
};

const ownLimit: Check = {
  id: 'administrator-connections',
  group: 'capacity',
  title: 'The administrator may hold a session for each job',
  run: async (admin, { server }) => {
    const row = (await admin.query(LIMITS)).rows[0] ?? {};
    const [limit, used] = [Number(row.own), Number(row.own_used)];
    const name = shown(server.facts.user);
    if (admin.superuser || limit < 0)
      return ok(`${name} has no connection limit, and ${counted(used, 'session')} now.`);
    const detail = `${name} may have ${counted(limit, 'session')}, and has ${used} now; each job needs up to three at once.`;
    const advice = remedy(
      'As a superuser, or a role with CREATEROLE:',
      `ALTER ROLE ${sqlName(server.facts.user)} CONNECTION LIMIT -1`,
    );
    if (limit - used < 3) return problem(detail, advice);
    return limit < 30 ? warning(detail, advice) : ok(detail);
  },
};

/** As the policy's own default. */
const USUAL_LIMIT = 50;

const branchLimits: Check = {
  id: 'branch-connections',
  group: 'capacity',
  title: 'No branch can take every connection',
  run: async (admin, { survey, settings }) => {
    if (survey.branches.length === 0) return ok('There is no branch.');
    const logins = survey.branches.map(({ database }) => roleNames(database.name).login);
    const { rows } = await admin.query(
      'SELECT rolname::text AS name, rolconnlimit AS max FROM pg_roles WHERE rolname = ANY($1) ORDER BY 1',
      [logins],
    );
    const reserved =
      (settings.number('superuser_reserved_connections') ?? 0) +
      (settings.number('reserved_connections') ?? 0);
    const room = (settings.number('max_connections') ?? 0) - reserved;
    const greedy = rows
      .filter((row) => Number(row.max) < 0 || Number(row.max) >= room)
      .map((row) => String(row.name));
    const sum = rows.reduce((total, row) => total + (Number(row.max) < 0 ? room : Number(row.max)), 0);
    const detail = `${counted(rows.length, 'branch', 'branches')} may hold ${sum} connections together, of ${room}`;
    if (greedy.length === 0) return ok(`${detail}; none may take all.`);
    const limit = Math.max(1, Math.min(USUAL_LIMIT, Math.floor(room / 2)));
    return warning(
      `${detail}; ${listedNames(greedy)} may take all.`,
      remedy(
        'Limit them, and branch.connections in the policy, which says it at each push:',
        ...greedy.map((name) => `ALTER ROLE ${sqlName(name)} CONNECTION LIMIT ${limit}`),
      ),
    );
  },
};

/** Statements of one transaction when objects are handed over (ownership.ts). */
const BATCH = 200;
/** A table with its TOAST table and that one's index, and some indexes of its own. */
const LOCKS_A_TABLE = 8;

const tableLocks: Check = {
  id: 'lock-table',
  group: 'capacity',
  title: 'The lock table holds what handing over takes',
  run: async (admin, context) => {
    const names = chosenBaselines(context).map(({ database }) => database.name);
    const { rows } = await admin.query(
      `SELECT coalesce(max(n), 0) AS most FROM (
         SELECT count(*) AS n FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
         WHERE s.classid = 'pg_class'::regclass AND s.deptype = 'o' AND d.datname = ANY($1) GROUP BY s.dbid) each`,
      [names],
    );
    return judgeLocks({
      relations: Number(rows[0]?.most),
      perTransaction: context.settings.number('max_locks_per_transaction') ?? 64,
      sessions:
        (context.settings.number('max_connections') ?? 0) +
        (context.settings.number('max_prepared_transactions') ?? 0),
    });
  },
};

/** max_locks_per_transaction × (max_connections + max_prepared_transactions) locks for all together (docs: 19.12). */
export function judgeLocks(facts: {
  readonly relations: number;
  readonly perTransaction: number;
  readonly sessions: number;
}): Outcome {
  const { relations, perTransaction, sessions } = facts;
  const room = perTransaction * sessions;
  const needed = Math.min(relations, BATCH) * LOCKS_A_TABLE;
  const detail = `The largest baseline has ${counted(relations, 'relation')} that can be counted from outside: about ${counted(needed, 'lock')} at once, of ${room} for all sessions (max_locks_per_transaction ${perTransaction}).`;
  if (needed * 2 <= room) return ok(detail);
  return warning(
    `${detail} Two jobs at once may run out of them.`,
    remedy(
      'As a superuser, then restart the server:',
      `ALTER SYSTEM SET max_locks_per_transaction = ${Math.max(64, Math.ceil((needed * 4) / Math.max(1, sessions)))}`,
    ),
  );
}

const databaseCount: Check = {
  id: 'database-count',
  group: 'capacity',
  title: 'The server has hundreds of databases, not thousands',
  run: (_admin, { survey, settings }) =>
    judgeCount({
      databases: survey.databases.length,
      branches: survey.branches.length,
      autovacuum: settings.text('autovacuum') !== 'off',
      naptime: settings.number('autovacuum_naptime') ?? 60,
    }),
};

/** Each database is some 300 files, and autovacuum visits one in naptime ÷ databases (docs: 19.10). */
export function judgeCount(facts: {
  readonly databases: number;
  readonly branches: number;
  readonly autovacuum: boolean;
  readonly naptime: number;
}): Outcome {
  const { databases, branches, autovacuum, naptime } = facts;
  const detail = `${counted(databases, 'database')}, ${branches} of them branches.`;
  if (!autovacuum) {
    return warning(
      `${detail} autovacuum is off, so all of them bloat, and the oldest one stops the server in the end.`,
      remedy('As a superuser:', 'ALTER SYSTEM SET autovacuum = on', 'SELECT pg_reload_conf()'),
    );
  }
  const advice = remedy(
    'Sweep stale branches, set quotas (branch.quota in the policy), or use a second server.',
  );
  const turn = `autovacuum begins in another one every ${((naptime * 1000) / databases).toFixed(0)} ms`;
  if (databases >= 2_000) return problem(`${detail} ${turn}.`, advice);
  return databases >= 500 ? warning(`${detail} ${turn}.`, advice) : ok(detail);
}

const SEGMENTS = `
  SELECT (SELECT count(*) FROM pg_stat_replication) AS standbys, archived_count AS archived, failed_count AS failed,
         last_failed_time > coalesce(last_archived_time, '-infinity') AS failing
  FROM pg_stat_archiver`;

const wal: Check = {
  id: 'wal',
  group: 'capacity',
  title: 'The WAL of new branches goes nowhere',
  run: async (admin, context) => {
    const level = context.settings.text('wal_level');
    const archives = context.settings.text('archive_mode') !== 'off';
    const row = (await admin.query(SEGMENTS)).rows[0] ?? {};
    const standbys = Number(row.standbys);
    if (archives && row.failing === true) {
      return problem(
        `The archiver fails (${row.failed} times): WAL piles up until the disk is full and the server stops.`,
        remedy(
          'Mend archive_command (the server’s log has its output), or turn archive_mode off and restart.',
        ),
      );
    }
    const detail = `wal_level is ${level}, archive_mode ${archives ? 'on' : 'off'}, ${counted(standbys, 'standby')}`;
    if (!archives && standbys === 0) return ok(`${detail}: nothing is shipped.`);
    const names = chosenBaselines(context).map(({ database }) => database.name);
    const size = await admin.query(
      'SELECT coalesce(max(pg_database_size(name)), 0) AS bytes FROM unnest($1::name[]) name',
      [names],
    );
    return warning(
      `${detail}: a branch that is copied through the WAL ships and archives up to ${byteWords(Number(size.rows[0]?.bytes))}.`,
      remedy(
        'Keep branches on a server of their own, without archive and standbys; or let Postgres 18 clone the files (file_copy_method).',
      ),
    );
  },
};

export const capacityChecks: readonly Check[] = [
  connections,
  ownLimit,
  branchLimits,
  tableLocks,
  databaseCount,
  wal,
];
