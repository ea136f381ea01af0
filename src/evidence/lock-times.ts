import { lockStrength } from '../sql/effect.ts';
import type { MigrationRun, ObservedStatement } from './schema.ts';

export type Standing = ObservedStatement['locks'][number];

/** For each statement of the migration, by relation, the strongest lock that earlier ones still hold when it begins. */
export function standingLocks({ statements }: MigrationRun): readonly ReadonlyMap<string, Standing>[] {
  let held: readonly Standing[] = [];
  return statements.map(({ from, locks }) => {
    held = held.filter(({ to }) => from !== undefined && to !== undefined && to > from);
    const standing = strongest(held);
    if (locks.length > 0) held = [...held, ...locks];
    return standing;
  });
}

function strongest(held: readonly Standing[]): ReadonlyMap<string, Standing> {
  const modes = new Map<string, Standing>();
  for (const lock of held) {
    const known = modes.get(lock.relation);
    if (known === undefined || lockStrength(lock.mode) > lockStrength(known.mode))
      modes.set(lock.relation, lock);
  }
  return modes;
}
