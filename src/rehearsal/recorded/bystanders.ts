import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../../postgres/connection.ts';
import { FLUSH_SINCE } from '../relations.ts';

/** Sessions that we closed a moment ago take their leave. */
const FAREWELL_MS = 2_000;
const PAUSE_MS = 20;

/** A session is counted when it ends at the latest; until then it is seen. A role may not see what kind another's is. */
const SESSIONS = `
  select pg_catalog.to_jsonb(d) ->> 'sessions' as counted, d.stats_reset::text as reset,
         (select coalesce(pg_catalog.jsonb_agg(a.pid), '[]') from pg_catalog.pg_stat_get_activity(null) a
           where a.datid = d.datid and a.pid <> pg_catalog.pg_backend_pid()
             and coalesce(a.backend_type, 'client backend') = 'client backend') as pids
    from pg_catalog.pg_stat_database d where d.datname = pg_catalog.current_database()`;

type Sessions = { readonly counted: number; readonly reset: unknown; readonly pids: readonly number[] };

async function read(observer: Connection): Promise<Sessions> {
  const [row] = (await observer.query(SESSIONS)).rows;
  return {
    counted: Number(row?.counted ?? 0),
    reset: row?.reset,
    pids: (row?.pids ?? []) as readonly number[],
  };
}

/** Reads until the condition holds, or no longer. */
async function settled(observer: Connection, isSettled: (sessions: Sessions) => boolean): Promise<Sessions> {
  const end = Date.now() + FAREWELL_MS;
  for (let sessions = await read(observer); ; sessions = await read(observer)) {
    if (isSettled(sessions) || Date.now() > end) return sessions;
    await sleep(PAUSE_MS);
  }
}

/**
 * Counts from now on who comes to the database. The function that it gives is called when the proxy's `ours` sessions
 * have ended, and tells why what others did is not known, if others came. Before Postgres 15 only those are told that
 * are still there.
 */
export async function startBystanders(
  observer: Connection,
): Promise<(ours: number) => Promise<string | undefined>> {
  const before = await settled(observer, ({ pids }) => pids.length === 0);
  return async (ours) => {
    const isKnown = (pid: number): boolean => before.pids.includes(pid);
    const after = await settled(observer, ({ pids }) => pids.every(isKnown));
    if (observer.serverVersion >= FLUSH_SINCE) {
      if (after.reset !== before.reset) return 'the database’s counters were reset meanwhile.';
      const others = after.counted - before.counted - ours;
      if (others > 0) return 'a session reached the database past the proxy.';
    }
    return after.pids.every(isKnown) ? undefined : 'a session reached the database past the proxy.';
  };
}
