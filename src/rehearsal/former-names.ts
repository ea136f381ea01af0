import type { BackendState } from './backend.ts';
import type { Draft } from './ledger.ts';
import type { OwnRelation } from './relations.ts';

/**
 * Enters work on a relation that a block has renamed by the name that others know it by. A name that the block gave and
 * took back meanwhile (`isLost`) stands for every relation that it has read, since nobody can tell which one that was.
 */
export function noteFormerNames(
  draft: Draft,
  own: ReadonlyMap<number, OwnRelation>,
  locks: BackendState['locks'],
  isLost: boolean,
): void {
  const wasRead = (name: string): boolean =>
    draft.sequential?.some(({ relation }) => relation === name) ?? true;
  for (const work of [draft.rewrites, draft.scans, draft.builtOn])
    for (const [oid, { relation: before }] of locks) {
      const now = own.get(oid)?.relation;
      if (now === undefined || work.size === 0) continue;
      if (work.has(now) || (isLost && wasRead(now))) work.add(before);
    }
}
