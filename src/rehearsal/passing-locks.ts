import type { Statement } from '../sql/statement.ts';
import type { HeldLock } from './backend.ts';
import type { Draft } from './ledger.ts';

const RUNS_BLOCKS = new Set(['DoStmt', 'CallStmt', 'ExecuteStmt', 'SelectStmt']);

/**
 * Whether the statement may run blocks with a handler for exceptions: what these locked is given up where they are
 * undone, long before the transaction ends and anybody looks.
 */
export function runsBlocks({ kind }: Statement): boolean {
  return RUNS_BLOCKS.has(kind);
}

/**
 * Enters locks that were seen while the statement ran and were gone, or weaker, at its end. How long they were held is
 * not known: no longer than the statement took.
 */
export function notePassing(draft: Draft, locks: readonly HeldLock[]): void {
  const { begun = draft.origin, durationMs } = draft;
  for (const { oid, relation, mode } of locks)
    draft.locks.push({ oid, relation, mode, since: begun, heldMs: durationMs });
}
