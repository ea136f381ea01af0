import type { MigrationRun } from '../evidence/schema.ts';
import { LOCK_MODES, type LockMode } from '../sql/effect.ts';

/** The strongest lock on each relation that earlier statements of the migration still hold when this one begins. */
export function locksAt({ statements }: MigrationRun, at: number): ReadonlyMap<string, LockMode> {
  const begin = statements[at]?.from;
  const held = new Map<string, LockMode>();
  if (begin === undefined) return held;
  for (const { locks } of statements.slice(0, at))
    for (const { relation, mode, to } of locks) {
      const known = held.get(relation);
      const isStronger = known === undefined || LOCK_MODES.indexOf(mode) > LOCK_MODES.indexOf(known);
      if (to !== undefined && to > begin && isStronger) held.set(relation, mode);
    }
  return held;
}
