import { identifier } from '../../postgres/quote.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import type { Target } from './targets.ts';

/**
 * A probe waits only for its table's lock, and only while it holds nothing: LOCK TABLE stands first in its transaction
 * and takes neither snapshot nor row. What it needs besides (locks of indexes and partitions, one row) it takes at once
 * or not at all, and then gives up all that it holds and tries again. So no cycle of waits can hold a probe, whatever
 * the migration does.
 */
const AT_ONCE = "SET LOCAL lock_timeout = '1ms'";

/** A plan gone wrong must not make a probe read a whole table again and again. Milliseconds. */
export const READ_LIMIT_MS = 500;
const LIMITED = `SET LOCAL statement_timeout = '${READ_LIMIT_MS}ms'`;

export type ProbeKind = 'read' | 'write';

/** How the probes' sessions call themselves. */
export const PROBE_NAMES: Readonly<Record<ProbeKind, string>> = {
  read: 'pullgres reader',
  write: 'pullgres writer',
};

export const END = 'ROLLBACK';

function lock({ relation, kind }: Target, mode: string): string[] {
  // LOCK TABLE takes no materialized view (docs: LOCK); its reader asks again and again instead.
  return kind === 'materialized view' ? [] : [`LOCK TABLE ONLY ${qualifiedText(relation)} IN ${mode} MODE`];
}

function order({ key }: Target): string {
  return key.length === 0 ? '' : ` ORDER BY ${key.map(identifier).join(', ')}`;
}

/**
 * What one try sends, as one message; `rows: false` asks for the table's lock alone. A write is an UPDATE's locks without
 * its new row version: ROW EXCLUSIVE on the table and NO KEY UPDATE on one row (docs: 13.3.2). It waits for whom the
 * UPDATE would wait for, and fires no trigger, breaks no constraint, computes no column and leaves no dead row.
 */
export function probeText(target: Target, kind: ProbeKind, rows: boolean): string {
  const from = `FROM ${qualifiedText(target.relation)}${order(target)}`;
  const read =
    kind === 'read' ? `SELECT 1 ${from} LIMIT 10` : `SELECT 1 ${from} LIMIT 1 FOR NO KEY UPDATE NOWAIT`;
  return [
    // Whatever the database's defaults are: a serializable probe could fail the migration with 40001.
    `BEGIN ISOLATION LEVEL READ COMMITTED, READ ${kind === 'read' ? 'ONLY' : 'WRITE'}`,
    ...lock(target, kind === 'read' ? 'ACCESS SHARE' : 'ROW EXCLUSIVE'),
    ...(rows ? [AT_ONCE, LIMITED, read] : []),
    END,
  ].join('; ');
}

/** Why this relation is not written to, if so: a kind that nobody writes to. */
export function takesWrites({ kind }: Target): boolean {
  return kind !== 'materialized view';
}

/** Why its writers ask for the table's lock and for no row, if so. */
export function rowlessReason(target: Target, isEmpty: boolean): string | undefined {
  const only = 'so writes were probed by the table’s lock alone';
  if (isEmpty) return `it holds no rows, ${only}`;
  if (target.key.length === 0) return `it has no primary key, ${only}`;
  if (target.rowSecurity) return `row level security may hide its rows, ${only}`;
  return undefined;
}
