import type { ObservedStatement } from '../evidence/schema.ts';
import { recordedSql } from '../evidence/statement.ts';
import type { LockMode } from '../sql/effect.ts';
import type { Statement } from '../sql/statement.ts';
import { type HeldLock, stronger } from './backend.ts';
import { round } from './clock.ts';

type DraftLock = { oid: number; relation: string; mode: LockMode; since: number; heldMs: number | undefined };

/** A statement's record while its transaction is still open. */
export type Draft = {
  readonly statement: Statement;
  durationMs: number;
  rows: number | undefined;
  readonly locks: DraftLock[];
  readonly rewrites: Set<string>;
  readonly scans: Set<string>;
  readonly builds: Set<string>;
  readonly builtOn: Set<string>;
  sampled: boolean;
  preflight?: ObservedStatement['preflight'];
};

/** A statement that has not run yet. */
export function newDraft(statement: Statement): Draft {
  return {
    statement,
    durationMs: 0,
    rows: undefined,
    locks: [],
    rewrites: new Set(),
    scans: new Set(),
    builds: new Set(),
    builtOn: new Set(),
    sampled: false,
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

/** The finished record. Locks strongest first, then by name. */
export function seal(draft: Draft): ObservedStatement {
  const { statement, rows } = draft;
  const locks = draft.locks
    .map(({ relation, mode, heldMs }) => ({ relation, mode, heldMs: round(heldMs ?? draft.durationMs) }))
    .sort((a, b) => {
      if (a.mode !== b.mode) return stronger(a.mode, b.mode) ? -1 : 1;
      return a.relation < b.relation ? -1 : 1;
    });
  const { sql } = statement;
  return {
    place: statement.place,
    sql: recordedSql(sql),
    durationMs: round(draft.durationMs),
    ...(rows === undefined ? {} : { rows }),
    locks,
    rewrites: [...draft.rewrites].sort(),
    scans: [...draft.scans].sort(),
    builds: [...draft.builds].sort(),
    ...(draft.builtOn.size === 0 ? {} : { builtOn: [...draft.builtOn].sort() }),
    sampled: draft.sampled,
    ...(draft.preflight?.length ? { preflight: draft.preflight } : {}),
  };
}
