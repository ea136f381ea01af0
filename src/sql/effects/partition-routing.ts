import type { InsertStmt } from '@pgsql/types';
import { familyOf, known, type Work } from './touch.ts';

/** The partitions that new rows go to, as far as they can be known. */
export function insertTargets(
  work: Work,
  name: string,
  _: InsertStmt,
): { readonly leaves: readonly string[]; readonly isSure: boolean } {
  if (known(work, name)?.kind !== 'partitioned table') return { leaves: [], isSure: true };
  return { leaves: familyOf(work, name).slice(1), isSure: true };
}
