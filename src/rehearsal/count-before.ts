import { aside } from '../postgres/aside.ts';
import type { Connection } from '../postgres/connection.ts';
import type { Statement } from '../sql/statement.ts';
import type { Clock } from './clock.ts';
import { type Preflight, preflight } from './preflight.ts';
import { FLUSH_SINCE } from './relations.ts';
import type { Scans } from './scans.ts';

/** The session that will send the statement, as its watch knows it. */
type Watched = {
  readonly worker: Connection;
  readonly clock: Clock;
  readonly statementTimeoutMs: number;
  readonly inTransaction: boolean;
  scanned: Scans | undefined;
};

/** The counts before a watched statement, in time that is not counted and by scans that are not the statement's. */
export function countBefore(watch: Watched, statement: Statement): Promise<Preflight[]> {
  const { worker, clock, statementTimeoutMs } = watch;
  const where = watch.inTransaction ? 'inside a transaction' : 'outside';
  return clock.aside(async () => {
    const found = await preflight(worker, statement, { where, statementTimeoutMs });
    if (found.length > 0) watch.scanned = await afterOurs(watch);
    return [...found];
  });
}

/** What the session has scanned and not handed in, whatever it has locked. */
const SCANNED = `SELECT c.oid::bigint::text AS oid, n.nspname || '.' || c.relname AS relation,
    pg_catalog.pg_stat_get_xact_numscans(c.oid)::text AS scans, pg_catalog.pg_stat_get_xact_tuples_returned(c.oid)::text AS rows
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND pg_catalog.pg_stat_get_xact_numscans(c.oid) > 0`;

/** With our own scans in them the counters begin anew. Older servers' sessions hand them in when nobody can tell. */
async function afterOurs({ worker, inTransaction, scanned }: Watched): Promise<Scans | undefined> {
  if (!inTransaction) {
    if (worker.serverVersion < FLUSH_SINCE) return undefined;
    await worker.script('SELECT pg_catalog.pg_stat_force_next_flush()');
    return scanned;
  }
  if (scanned === undefined) return undefined;
  const unlimited = { statement_timeout: '0', search_path: 'pg_catalog' };
  const { rows } = await aside(worker, 'inside a transaction', unlimited, () => worker.query(SCANNED));
  const ours = rows.map(
    (row) =>
      [
        Number(row.oid),
        { relation: String(row.relation), scans: Number(row.scans), rows: Number(row.rows) },
      ] as const,
  );
  return new Map([...scanned, ...ours]);
}
