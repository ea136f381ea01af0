import type { MigrationRun, RehearsalRecord } from '../../evidence/schema.ts';
import type { LockMode } from '../../sql/effect.ts';
import { blockedBy } from '../../sql/effect.ts';
import { round } from '../clock.ts';

type Table = NonNullable<RehearsalRecord['contention']>['tables'][number];
type Statement = MigrationRun['statements'][number];
type Hold = { readonly place: Statement['place']; readonly from: number; readonly to: number };

/** Locks of the catalog keep probes waiting too, and no record has them. */
const LOCKS_CATALOG = /^\s*(?:lock|vacuum|reindex|cluster)\b[^;]*\bpg_/i;
/** Modes beside which a migration may hold the rows that it changed or locked (docs: 13.3.1). */
const ROW_LOCKS: readonly LockMode[] = ['RowShareLock', 'RowExclusiveLock'];

/**
 * The tables' stalls, none longer than the locks that conflict with that probe were held, counted from the begin of the
 * statement that asked for them: what is longer is the machine's noise, and our own looks at the server. As measured
 * where a migration failed, since a refused statement's locks are not known.
 */
export function boundedByLocks(tables: readonly Table[], runs: readonly MigrationRun[]): Table[] {
  const statements = runs.flatMap((run) => run.statements);
  if (runs.some(({ outcome }) => outcome === 'failed')) return [...tables];
  if (statements.some(({ sql }) => LOCKS_CATALOG.test(sql))) return [...tables];
  const probed = new Set(tables.map(({ relation }) => relation));
  return tables.map((table) => bounded(table, runs, probed));
}

function bounded(table: Table, runs: readonly MigrationRun[], probed: ReadonlySet<string>): Table {
  const holds = (isHeld: (mode: LockMode) => boolean) => holdsOf(table.relation, runs, probed, isHeld);
  const byRows = !table.note?.includes('by the table’s lock alone');
  const reads = holds((mode) => blockedBy(mode).reads);
  const writes = holds((mode) => blockedBy(mode).writes || (byRows && ROW_LOCKS.includes(mode)));
  const longestReadMs = round(Math.min(table.longestReadMs, lasting(reads)));
  const longestWriteMs = round(Math.min(table.longestWriteMs, lasting(writes)));
  const { place, queuedReads, queuedWrites, ...rest } = table;
  const [raw, left] =
    table.longestWriteMs > table.longestReadMs
      ? [table.longestWriteMs, longestWriteMs]
      : [table.longestReadMs, longestReadMs];
  const byLength = longestWriteMs > longestReadMs ? writes : reads;
  const holder = byLength.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
  // The longest stall of all may have been noise, at another statement.
  const kept = left >= raw / 2 ? place : holder?.place;
  return {
    ...rest,
    longestReadMs,
    longestWriteMs,
    ...(kept === undefined || longestReadMs + longestWriteMs === 0 ? {} : { place: kept }),
    ...queue('queuedReads', queuedReads, longestReadMs, table.longestReadMs),
    ...queue('queuedWrites', queuedWrites, longestWriteMs, table.longestWriteMs),
  };
}

function queue<Name extends string>(name: Name, queued: number | undefined, ms: number, before: number) {
  if (queued === undefined || before === 0) return {};
  return { [name]: Math.round((queued * ms) / before) } as Record<Name, number>;
}

/**
 * When locks of such a mode were held, from the first migration's begin. A lock of what is no probed table itself may be
 * one of the table's indexes or partitions, which its readers and writers need as well.
 */
function holdsOf(
  relation: string,
  runs: readonly MigrationRun[],
  probed: ReadonlySet<string>,
  isHeld: (mode: LockMode) => boolean,
): readonly Hold[] {
  const counts = (lock: Statement['locks'][number]) =>
    (lock.relation === relation || !probed.has(lock.relation)) && isHeld(lock.mode);
  let end = 0;
  return runs.flatMap(({ statements, durationMs }) => {
    const begin = end;
    end += durationMs;
    return statements.flatMap(({ place, locks, from = 0, sampling }) => {
      const span = (at: number, ms: number): Hold => ({ place, from: begin + at, to: begin + at + ms });
      const held = locks.filter(counts).map((lock) => span(lock.from ?? from, lock.heldMs));
      // Between two looks a lock may have come and gone.
      return sampling === undefined ? held : [...held, span(from, sampling.longestGapMs)];
    });
  });
}

/** Milliseconds, each moment once. */
function lasting(holds: readonly Hold[]): number {
  let total = 0;
  let end = 0;
  for (const { from, to } of holds.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return total;
}
