import { LOCK_MODES, type LockMode } from '../sql/effect.ts';
import type { MigrationRun, ObservedStatement } from './schema.ts';

export type Standing = ObservedStatement['locks'][number];

/** By relation the strongest lock that earlier statements of the migration still hold when this one begins. */
export function locksAt({ statements }: MigrationRun, at: number): ReadonlyMap<string, Standing> {
  const begin = statements[at]?.from;
  const held = new Map<string, Standing>();
  if (begin === undefined) return held;
  for (const { locks } of statements.slice(0, at))
    for (const lock of locks) {
      const known = held.get(lock.relation);
      const isStronger = known === undefined || strength(lock.mode) > strength(known.mode);
      if (lock.to !== undefined && lock.to > begin && isStronger) held.set(lock.relation, lock);
    }
  return held;
}

function strength(mode: LockMode): number {
  return LOCK_MODES.indexOf(mode);
}
