import type { Evidence } from '../evidence/schema.ts';
import { groupBy } from '../group-by.ts';
import { blockedBy, type LockMode, lockStrength } from '../sql/effect.ts';

/** One lock on the timeline of all migrations, in milliseconds from the begin of the first. */
export type LockBar = {
  readonly relation: string;
  readonly mode: LockMode;
  readonly from: number;
  readonly to: number;
  readonly blocks: 'reads and writes' | 'writes';
  /** `migrations/7.sql:3`. */
  readonly where: string;
  readonly sql: string;
};

/** The locks that kept readers or writers out, by relation, the relation that was closed longest first. */
export function lockBars({ rehearsal }: Pick<Evidence, 'rehearsal'>): readonly (readonly LockBar[])[] {
  const bars: LockBar[] = [];
  let begin = 0;
  for (const { statements, durationMs } of rehearsal?.migrations ?? []) {
    for (const { place, sql, locks } of statements)
      for (const { relation, mode, heldMs, from, to } of locks) {
        if (!blockedBy(mode).writes || from === undefined) continue;
        const span = { from: begin + from, to: begin + (to ?? from + heldMs) };
        const blocks = blockedBy(mode).reads ? ('reads and writes' as const) : ('writes' as const);
        bars.push({ relation, mode, ...span, blocks, where: `${place.file}:${place.line}`, sql });
      }
    begin += durationMs;
  }
  return [...groupBy(bars, ({ relation }) => relation).values()]
    .map((group) => group.toSorted((a, b) => a.from - b.from || lockStrength(b.mode) - lockStrength(a.mode)))
    .toSorted((a, b) => closed(b) - closed(a));
}

/** Milliseconds in which the bars close their relation, each moment once. */
export function closed(bars: readonly LockBar[]): number {
  let total = 0;
  let end = 0;
  for (const { from, to } of bars.toSorted((a, b) => a.from - b.from)) {
    total += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return total;
}
