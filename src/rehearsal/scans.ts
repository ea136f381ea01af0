import type { Connection } from '../postgres/connection.ts';
import { readServerMessage } from '../postgres/messages.ts';
import type { Statement } from '../sql/statement.ts';
import type { Draft } from './ledger.ts';
import { FLUSH_SINCE, type OwnRelation, readScanned, type ScanCount } from './relations.ts';

/** Counters by relation, at one moment. */
export type Scans = ReadonlyMap<number, ScanCount>;

/** Kinds in pg_class that are scanned for their rows; the same counters of an index are its own scans. */
const HOLDS_ROWS = new Set(['r', 'm']);

/** Statements whose plan may be parallel without the server's saying so. */
const MAY_BE_PARALLEL = new Set([
  'CallStmt',
  'CreateTableAsStmt',
  'DoStmt',
  'ExecuteStmt',
  'RefreshMatViewStmt',
  'SelectStmt',
]);

/** Statements that may build an index, by parallel workers too. */
const MAY_BUILD = new Set(['AlterTableStmt', 'ClusterStmt', 'IndexStmt', 'ReindexStmt']);

function asksForWorkers(text: string): boolean {
  const message = readServerMessage(text);
  return message?.kind === 'build' && message.workers > 0;
}

/**
 * What all sessions have handed in before a statement that parallel workers may share: those hand in their part when
 * they end, long before the transaction's end, and the session's own counters do not hold it. Undefined where it
 * cannot matter or cannot be told (before 15).
 */
export async function sharedBefore(observer: Connection, { kind }: Statement): Promise<Scans | undefined> {
  if (observer.serverVersion < FLUSH_SINCE) return undefined;
  return MAY_BE_PARALLEL.has(kind) || MAY_BUILD.has(kind) ? readScanned(observer) : undefined;
}

/** What was counted between two moments, relations without a scan left out. */
export function scansBetween(before: Scans, after: Scans): ScanCount[] {
  return [...after].flatMap(([oid, { relation, scans, rows }]) => {
    const known = before.get(oid);
    const more = { relation, scans: scans - (known?.scans ?? 0), rows: rows - (known?.rows ?? 0) };
    return more.scans > 0 || more.rows > 0 ? [more] : [];
  });
}

/** The session's own counters of tables. */
export function ownScans(own: ReadonlyMap<number, OwnRelation>): Scans {
  return new Map([...own].filter(([, { kind }]) => HOLDS_ROWS.has(kind)));
}

/**
 * Enters the statement's sequential scans: its own session's, exact, and what parallel workers handed in meanwhile for
 * the same relations (there, a scan of another session in the same time counts too). Before Postgres 15 nothing is
 * entered where workers may have shared the work.
 */
export async function noteScans(
  draft: Draft,
  observer: Connection,
  counted: { readonly before: Scans; readonly after: Scans; readonly shared: Scans | undefined },
  messages: readonly string[],
): Promise<void> {
  const own = scansBetween(counted.before, counted.after);
  const { shared } = counted;
  if (shared === undefined) {
    const mayBeShared = MAY_BE_PARALLEL.has(draft.statement.kind) || messages.some(asksForWorkers);
    if (!mayBeShared) draft.sequential = own;
    return;
  }
  const workers = own.length === 0 ? [] : scansBetween(shared, await readScanned(observer));
  const rowsOfWorkers = new Map(workers.map(({ relation, rows }) => [relation, rows]));
  draft.sequential = own.map((each) => ({
    ...each,
    rows: each.rows + (rowsOfWorkers.get(each.relation) ?? 0),
  }));
}
