import type { Admin } from './admin.ts';

/**
 * Sessions and their last doing by database. Those without a role are autovacuum's. Who may not see another's session
 * still sees its database and role (docs: 27.2, "Viewing Statistics"), so that the count is whole and only the time may lack.
 */
const SESSIONS = `
  SELECT datname::text AS name, count(*)::int AS sessions, floor(extract(epoch FROM max(
           CASE WHEN state = 'active' THEN clock_timestamp() ELSE greatest(state_change, backend_start) END)) * 1000) AS ms
  FROM pg_stat_activity WHERE datname IS NOT NULL AND usesysid IS NOT NULL AND pid <> pg_backend_pid()
  GROUP BY datname`;

/** Who is in a database now. */
export type Sessions = {
  /** Our own left out. */
  readonly sessions: number;
  /**
   * ISO 8601: the newest state change of the sessions that are there now, the moment itself while one works. From 13 to 18
   * the server keeps no date of the last activity that can be read from outside: pg_stat_database counts without dates,
   * and last_seq_scan (16) stands in statistics that only a session in that very database can read.
   */
  readonly lastActivity: string | undefined;
};

export const NOBODY: Sessions = { sessions: 0, lastActivity: undefined };

/** Who is connected where, by database. */
export async function readSessions(admin: Admin): Promise<ReadonlyMap<string, Sessions>> {
  const { rows } = await admin.query(SESSIONS);
  return new Map(
    rows.map(({ name, sessions, ms }) => [
      String(name),
      { sessions: Number(sessions), lastActivity: ms === null ? undefined : timeOf(ms) },
    ]),
  );
}

/** Milliseconds since 1970, as the server gives numbers, as ISO 8601. */
export function timeOf(ms: unknown): string {
  return new Date(Number(ms)).toISOString();
}
