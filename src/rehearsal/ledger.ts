import type { ObservedStatement } from '../evidence/schema.ts';
import { recordedSql } from '../evidence/statement.ts';
import type { LockMode } from '../sql/effect.ts';
import type { Statement } from '../sql/statement.ts';
import { type HeldLock, stronger } from './backend.ts';
import { round } from './clock.ts';
import type { ScanCount } from './relations.ts';

type DraftLock = { oid: number; relation: string; mode: LockMode; since: number; heldMs: number | undefined };
type Waits = NonNullable<ObservedStatement['waits']>;
type Sampling = NonNullable<ObservedStatement['sampling']>;

/** A statement's record while its transaction is still open. */
export type Draft = {
  readonly statement: Statement;
  /** The migration's begin, by the clock. */
  readonly origin: number;
  /** The statement's begin, by the clock; undefined until it is sent. */
  begun: number | undefined;
  durationMs: number;
  rows: number | undefined;
  readonly locks: DraftLock[];
  readonly rewrites: Set<string>;
  readonly scans: Set<string>;
  readonly builds: Set<string>;
  readonly builtOn: Set<string>;
  /** Undefined when they could not be counted. */
  sequential: readonly ScanCount[] | undefined;
  walBytes: number | undefined;
  waits: Waits;
  sampled: boolean;
  sampling: Sampling | undefined;
  preflight?: ObservedStatement['preflight'];
};

/** A statement that has not run yet. `origin` is the migration's begin, by the clock. */
export function newDraft(statement: Statement, origin: number): Draft {
  return {
    statement,
    origin,
    begun: undefined,
    durationMs: 0,
    rows: undefined,
    locks: [],
    rewrites: new Set(),
    scans: new Set(),
    builds: new Set(),
    builtOn: new Set(),
    sequential: undefined,
    walBytes: undefined,
    waits: [],
    sampled: false,
    sampling: undefined,
  };
}

/** Which locks the backend's transaction holds, and which drafts still wait for the end of theirs. Times by the run's clock. */
export type Ledger = {
  /** Locks that are new or stronger than before this statement. */
  readonly fresh: (locks: ReadonlyMap<number, HeldLock>) => readonly HeldLock[];
  /** Enters the statement's fresh locks, and ends those that are no longer held (a rolled back savepoint). */
  readonly enter: (draft: Draft, locks: ReadonlyMap<number, HeldLock>, since: number, now: number) => void;
  /** The transaction ended. */
  readonly releaseAll: (now: number) => void;
};

export function createLedger(): Ledger {
  let held: ReadonlyMap<number, HeldLock> = new Map();
  let waiting: DraftLock[] = [];
  const fresh = (locks: ReadonlyMap<number, HeldLock>) =>
    [...locks.values()].filter((lock) => {
      const before = held.get(lock.oid);
      return before === undefined || stronger(lock.mode, before.mode);
    });
  const release = (isOver: (lock: DraftLock) => boolean, now: number) => {
    for (const lock of waiting.filter(isOver)) lock.heldMs = now - lock.since;
    waiting = waiting.filter((lock) => !isOver(lock));
  };
  return {
    fresh,
    enter: (draft, locks, since, now) => {
      release((lock) => !locks.has(lock.oid), now);
      for (const { oid, mode, relation } of fresh(locks)) {
        const lock = { oid, relation, mode, since, heldMs: undefined };
        draft.locks.push(lock);
        waiting.push(lock);
      }
      held = locks;
    },
    releaseAll: (now) => {
      release(() => true, now);
      held = new Map();
    },
  };
}

function sealLock(draft: Draft, { relation, mode, since, heldMs = draft.durationMs }: DraftLock) {
  const from = since - draft.origin;
  return { relation, mode, heldMs: round(heldMs), from: round(from), to: round(from + heldMs) };
}

/** What is known of the statement only sometimes. */
function measured(draft: Draft): Partial<ObservedStatement> {
  const { rows, begun, origin, sequential, walBytes, waits, sampling } = draft;
  return {
    ...(rows === undefined ? {} : { rows }),
    ...(begun === undefined ? {} : { from: round(begun - origin) }),
    ...(sequential === undefined
      ? {}
      : { sequential: sequential.toSorted((a, b) => (a.relation < b.relation ? -1 : 1)) }),
    ...(walBytes === undefined ? {} : { walBytes }),
    ...(waits.length === 0 ? {} : { waits: waits.map(({ ms, blockers }) => ({ ms: round(ms), blockers })) }),
    ...(sampling === undefined
      ? {}
      : { sampling: { looks: sampling.looks, longestGapMs: round(sampling.longestGapMs) } }),
  };
}

/** The finished record. Locks strongest first, then by name; all offsets count from the migration's begin. */
export function seal(draft: Draft): ObservedStatement {
  const locks = draft.locks
    .map((lock) => sealLock(draft, lock))
    .sort((a, b) => {
      if (a.mode !== b.mode) return stronger(a.mode, b.mode) ? -1 : 1;
      return a.relation < b.relation ? -1 : 1;
    });
  const { sql, place } = draft.statement;
  return {
    place,
    sql: recordedSql(sql),
    durationMs: round(draft.durationMs),
    ...measured(draft),
    locks,
    rewrites: [...draft.rewrites].sort(),
    scans: [...draft.scans].sort(),
    builds: [...draft.builds].sort(),
    ...(draft.builtOn.size === 0 ? {} : { builtOn: [...draft.builtOn].sort() }),
    sampled: draft.sampled,
    ...(draft.preflight?.length ? { preflight: draft.preflight } : {}),
  };
}
