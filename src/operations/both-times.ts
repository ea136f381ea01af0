import type { RehearsalRecord } from '../evidence/schema.ts';

type Contention = RehearsalRecord['contention'];

/** Each table with the longest waits of both pushes. */
export function bothTimes(before: Contention, now: Contention): Contention {
  if (before === undefined || now === undefined) return now ?? before;
  const tables = new Map(before.tables.map((table) => [table.relation, table]));
  for (const table of now.tables) {
    const known = tables.get(table.relation);
    const isLonger = known === undefined || waited(table) >= waited(known);
    if (isLonger) tables.set(table.relation, table);
  }
  const told = now.status === 'measured' ? now : before;
  return { ...told, tables: [...tables.values()] };
}

function waited({ longestReadMs, longestWriteMs }: NonNullable<Contention>['tables'][number]): number {
  return Math.max(longestReadMs, longestWriteMs);
}
