import { LOCK_MODES } from '../../src/sql/effect.ts';

/** What the server showed for one statement. Names are qualified, and those before the statement; sorted. */
export type Measured = {
  /** `public.orders AccessExclusiveLock`, the strongest a relation, of every kind: tables, views, indexes, sequences. */
  readonly locks: readonly string[];
  /** Relations, indexes among them, that got new files. */
  readonly rewrites: readonly string[];
  /** Tables read from end to end to prove a constraint. */
  readonly scans: readonly string[];
  /** Tables on which an index was built. */
  readonly builds: readonly string[];
};

/** A lock as pg_locks shows it. */
export type HeldLock = { readonly relation: string; readonly mode: string };

/** `relation mode`, the strongest mode a relation. */
export function strongestLocks(held: readonly HeldLock[]): readonly string[] {
  const strongest = new Map<string, number>();
  for (const { relation, mode } of held) {
    const strength = (LOCK_MODES as readonly string[]).indexOf(mode);
    strongest.set(relation, Math.max(strength, strongest.get(relation) ?? 0));
  }
  return sorted([...strongest].map(([relation, strength]) => `${relation} ${LOCK_MODES[strength]}`));
}

export function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
