import { type Connection, ServerError } from '../postgres/connection.ts';
import type { Statement } from '../sql/statement.ts';
import { sameInTransaction } from './alone.ts';
import { readAllRelations, readBackend, readRelations } from './backend.ts';
import type { Clock } from './clock.ts';
import { createLedger, type Draft, newDraft } from './ledger.ts';
import { noteFilenodes, noteMessages } from './physical.ts';
import { startSampler } from './sampler.ts';

/** The observer could not look, so nothing is known of the statement: the rehearsal is unproven, not failed. */
export class ObservationError extends Error {
  override readonly name = 'ObservationError';
}

export type WatchOptions = {
  readonly worker: Connection;
  readonly observer: Connection;
  readonly clock: Clock;
  readonly statementTimeoutMs: number;
};

/** One session in which statements run under watch. */
export type Watch = {
  readonly begin: () => Promise<void>;
  readonly commit: () => Promise<void>;
  /** Sends the statement; its record is added to `drafts` even when it throws. */
  readonly run: (statement: Statement) => Promise<void>;
  readonly inTransaction: () => boolean;
  /** The transaction is over without our COMMIT: rolled back by an error. */
  readonly abandon: () => void;
  readonly drafts: readonly Draft[];
};

/** Statement texts that may turn the server's messages off. */
const QUIETS = /client_min_messages|\breset\s+all\b|\bdiscard\s+all\b/i;

/** Longer than the server's own limit, so that it speaks first; a migration may have set that one aside. */
const GRACE_MS = 250;

async function observing<Result>(clock: Clock, work: () => Promise<Result>): Promise<Result> {
  return clock.aside(async () => {
    try {
      return await work();
    } catch (cause) {
      throw new ObservationError('The locks could not be read.', { cause });
    }
  });
}

async function limited<Result>(worker: Connection, limitMs: number, work: Promise<Result>): Promise<Result> {
  const timer = setTimeout(() => void worker.cancel().catch(() => undefined), limitMs + GRACE_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}

export function createWatch(options: WatchOptions): Watch {
  const { worker, observer, clock, statementTimeoutMs } = options;
  const ledger = createLedger();
  const drafts: Draft[] = [];
  /** Filenodes as of the last statement of this transaction, by relation. */
  let filenodes = new Map<number, number>();
  let open = false;

  const ended = () => {
    open = false;
    filenodes = new Map();
    ledger.releaseAll(clock.time());
  };

  /** Runs the statement and takes its time, rows and messages. */
  const execute = async (draft: Draft, messages: string[]) => {
    const stop = worker.onNotice(({ message }) => messages.push(message));
    const begun = clock.time();
    try {
      const result = await limited(worker, statementTimeoutMs, worker.query(draft.statement.sql));
      draft.rows = result.rowCount;
    } finally {
      draft.durationMs = clock.time() - begun;
      stop();
    }
    if (QUIETS.test(draft.statement.sql)) {
      await clock.aside(() => worker.script('SET client_min_messages TO debug1'));
    }
    return begun;
  };

  const look = async (draft: Draft, messages: readonly string[], begun: number) => {
    const { inTransaction, locks } = await readBackend(observer, worker.processId);
    if (!inTransaction) return ended();
    open = true;
    const exclusive = [...locks.values()].filter(({ mode }) => mode === 'AccessExclusiveLock');
    const facts = await readRelations(
      worker,
      exclusive.map(({ oid }) => oid),
    );
    const committed = exclusive.map(({ oid, filenode }) => [oid, filenode] as const);
    noteFilenodes(draft, new Map([...committed, ...filenodes]), facts);
    for (const [oid, { filenode }] of facts) filenodes.set(oid, filenode);
    const names = [...facts.values(), ...locks.values()].map(({ relation }) => relation);
    await noteMessages(draft, messages, names, worker);
    ledger.enter(draft, locks, begun, clock.time());
  };

  const runInside = async (draft: Draft) => {
    const messages: string[] = [];
    const begun = await execute(draft, messages);
    await observing(clock, () => look(draft, messages, begun));
  };

  const begin = async () => {
    await clock.aside(() => worker.script('BEGIN'));
    open = true;
  };

  const commit = async () => {
    try {
      await limited(worker, statementTimeoutMs, worker.script('COMMIT'));
    } finally {
      ended();
    }
  };

  const runAlone = async (draft: Draft) => {
    await begin();
    await runInside(draft);
    const begun = clock.time();
    await commit();
    draft.durationMs += clock.time() - begun;
  };

  const runSampled = async (draft: Draft) => {
    draft.sampled = true;
    const before = await observing(clock, () => readAllRelations(observer));
    const sampler = startSampler(observer, worker.processId);
    const messages: string[] = [];
    const begun = clock.time();
    try {
      await execute(draft, messages);
    } finally {
      ended();
      await observing(clock, async () => {
        const locks = await sampler.stop();
        const after = await readAllRelations(observer);
        const old = [...before].map(([oid, { filenode }]) => [oid, filenode] as const);
        noteFilenodes(draft, new Map(old), after);
        const names = [...locks.values(), ...after.values()].map(({ relation }) => relation);
        await noteMessages(draft, messages, names, observer);
        ledger.enter(draft, locks, begun, begun + draft.durationMs);
      });
      ledger.releaseAll(begun + draft.durationMs);
    }
  };

  const run = async (statement: Statement) => {
    const draft = newDraft(statement);
    drafts.push(draft);
    try {
      if (open || statement.kind === 'TransactionStmt') return await runInside(draft);
      if (sameInTransaction(statement)) return await runAlone(draft);
      return await runSampled(draft);
    } catch (error) {
      // A refused statement's locks go with its transaction before anybody can look.
      if (error instanceof ServerError) draft.sampled = true;
      throw error;
    }
  };

  return { begin, commit, run, inTransaction: () => open, abandon: ended, drafts };
}
