import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import { seeDisk } from './disk.ts';
import { divergedBytes } from './diverged.ts';

/** What one database holds and who is in it now. */
export type DatabaseUsage = {
  /** pg_database_size: logical, so that blocks shared with the baseline count in full. Undefined where the administrator may not know. */
  readonly bytes: number | undefined;
  /** Client sessions in it, our own left out. */
  readonly sessions: number;
  /** ISO 8601, UTC. See `usageOf`. */
  readonly lastActivityAt: string | undefined;
};

/** Postgres refuses the size without CONNECT or pg_read_all_stats (docs: 9.28.7), and by OID has no answer for a database that is gone. */
const USAGE = `
  SELECT d.datname::text AS name,
         CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
              THEN pg_database_size(d.oid) END AS bytes,
         coalesce(a.sessions, 0) AS sessions, floor(extract(epoch FROM a.last) * 1000) AS last
  FROM pg_database d LEFT JOIN (
    SELECT datid, count(*) AS sessions,
           max(CASE WHEN state = 'active' THEN clock_timestamp() ELSE coalesce(state_change, backend_start) END) AS last
    FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY datid
  ) a ON a.datid = d.oid
  WHERE d.datname = ANY($1)`;

/** No such database, no such object: dropped while it was measured (docs: appendix A). */
const GONE = new Set(['3D000', '42704']);
const ATTEMPTS = 5;

/**
 * Usage of many databases by one query, by name; a name that is no database is missing from the answer.
 *
 * `lastActivityAt` is the newest state change of the sessions that are in the database now (the moment itself while one
 * works). Without a session it is undefined: from 13 to 18 the server keeps no date of the last activity that can be read
 * from outside. pg_stat_database counts transactions, and session times since 14, without dates; its stats_reset and
 * checksum_last_failure are no activity, and last_seq_scan (16) stands in statistics that only a session in that very
 * database can read. A session's times are hidden from an administrator who is no member of its role.
 */
export async function usageOf(
  admin: Admin,
  names: readonly string[],
): Promise<ReadonlyMap<string, DatabaseUsage>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { rows } = await admin.query(USAGE, [names]);
      return new Map(rows.map((row) => [String(row.name), usageIn(row)]));
    } catch (error) {
      const isGone = error instanceof ProviderError && GONE.has(error.status ?? '');
      if (!isGone || attempt === ATTEMPTS) throw error;
    }
  }
}

function usageIn(row: Record<string, unknown>): DatabaseUsage {
  return {
    bytes: row.bytes === null ? undefined : Number(row.bytes),
    sessions: Number(row.sessions),
    lastActivityAt: row.last === null ? undefined : new Date(Number(row.last)).toISOString(),
  };
}

/** `divergedBytes` of a database of this server, where its files can be seen from here. */
export async function divergedOf(admin: Admin, database: string): Promise<number | undefined> {
  const disk = await seeDisk(admin);
  if ('unseen' in disk) return undefined;
  const { rows } = await admin.query('SELECT oid FROM pg_database WHERE datname = $1', [database]);
  return rows[0] === undefined ? undefined : divergedBytes(disk.directory, Number(rows[0].oid));
}
