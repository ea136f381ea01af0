import { placeKey } from '../evidence/place-key.ts';
import type { Evidence, MigrationRun, ObservedStatement } from '../evidence/schema.ts';
import { groupBy } from '../group-by.ts';
import { blockedBy, type LockMode, lockStrength } from '../sql/effect.ts';

/** One lock on the timeline of all migrations, in milliseconds from the begin of the first. */
export type LockBar = {
  readonly relation: string;
  readonly mode: LockMode;
  readonly from: number;
  readonly to: number;
  /** Nothing: readers and writers go on, though another change of the schema may wait. */
  readonly blocks: 'reads and writes' | 'writes' | 'nothing';
  /** Seen from outside, so begin and end are about right. */
  readonly sampled: boolean;
  readonly file: string;
  /** `migrations/7.sql:3`. */
  readonly where: string;
  /** The statement's placeKey. */
  readonly key: string;
  readonly sql: string;
};

type Groups = readonly (readonly LockBar[])[];

/** The locks that kept readers or writers out, by relation, the relation that was closed longest first. */
export function lockBars(evidence: Pick<Evidence, 'rehearsal'>): Groups {
  return byRelation(barsOf(evidence).filter(({ blocks }) => blocks !== 'nothing'));
}

/** All locks, also those beside which readers and writers go on; in the same order. */
export function allLockBars(evidence: Pick<Evidence, 'rehearsal'>): Groups {
  return byRelation(barsOf(evidence));
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

/** Milliseconds of the longest time in which the bars close their relation without a break. */
export function longestClosed(bars: readonly LockBar[]): number {
  let longest = 0;
  let begin = 0;
  let end = -1;
  for (const { from, to } of bars.toSorted((a, b) => a.from - b.from)) {
    // What follows at once is a transaction of its own: whoever waited got through between the two.
    if (from >= end) begin = from;
    end = Math.max(end, to);
    longest = Math.max(longest, end - begin);
  }
  return longest;
}

/** The migrations on the same line of time: file, begin and end in milliseconds. */
export function migrationSpans({ rehearsal }: Pick<Evidence, 'rehearsal'>) {
  let begin = 0;
  return (rehearsal?.migrations ?? []).map((run) => {
    const span = { file: run.file, from: begin, to: begin + run.durationMs, run };
    begin = span.to;
    return span;
  });
}

function barsOf(evidence: Pick<Evidence, 'rehearsal'>): readonly LockBar[] {
  return migrationSpans(evidence).flatMap(({ run, from }) =>
    run.statements.flatMap((statement) => statement.locks.flatMap((lock) => bar(statement, lock, from))),
  );
}

type Lock = MigrationRun['statements'][number]['locks'][number];

function bar({ place, sql, sampled }: ObservedStatement, lock: Lock, begin: number): LockBar[] {
  const { relation, mode, heldMs, from, to } = lock;
  if (from === undefined) return [];
  const span = { from: begin + from, to: begin + (to ?? from + heldMs) };
  const { reads, writes } = blockedBy(mode);
  const blocks = reads ? 'reads and writes' : writes ? 'writes' : 'nothing';
  const where = `${place.file}:${place.line}`;
  return [{ relation, mode, ...span, blocks, sampled, file: place.file, where, key: placeKey(place), sql }];
}

function byRelation(bars: readonly LockBar[]): Groups {
  return [...groupBy(bars, ({ relation }) => relation).values()]
    .map((group) => group.toSorted((a, b) => a.from - b.from || lockStrength(b.mode) - lockStrength(a.mode)))
    .map((group) => ({ group, closed: closed(group.filter(({ blocks }) => blocks !== 'nothing')) }))
    .toSorted((a, b) => b.closed - a.closed)
    .map(({ group }) => group);
}
