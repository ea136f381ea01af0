import type { RehearsalRecord } from '../../evidence/schema.ts';

type Contention = NonNullable<RehearsalRecord['contention']>;
type Table = Contention['tables'][number];

function longest({ longestReadMs, longestWriteMs }: Table): number {
  return Math.max(longestReadMs, longestWriteMs);
}

/** What an earlier push measured for the migrations that this one appends to, and what this one did: of each table the longer stall. */
export function joinContention(earlier: Contention | undefined, now: Contention): Contention {
  if (earlier === undefined || earlier.tables.length === 0) return now;
  const tables = new Map(earlier.tables.map((table) => [table.relation, table]));
  for (const table of now.tables) {
    const before = tables.get(table.relation);
    if (before === undefined || longest(table) > longest(before)) tables.set(table.relation, table);
  }
  const { status, reason, ...rest } = now;
  // What could be measured then was: that nothing had to be, or could be, this time does not undo it.
  const why = status === 'off' ? earlier.reason : reason;
  return {
    ...rest,
    status: 'measured',
    ...(why === undefined ? {} : { reason: why }),
    tables: [...tables.values()],
  };
}
