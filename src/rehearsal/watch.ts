import { type Connection, ServerError } from '../postgres/connection.ts';
import type { Statement } from '../sql/statement.ts';
import { sameInTransaction } from './alone.ts';
import { readAllRelations, readBackend, readRelations } from './backend.ts';
import type { Clock } from './clock.ts';
import { type Executed, execute, limited, observing, type Send } from './execute.ts';
import { createLedger, type Draft, type Ledger, newDraft } from './ledger.ts';
import { noteFilenodes, noteMessages } from './physical.ts';
import { countBefore } from './preflight.ts';
import { type Sampler, startSampler } from './sampler.ts';

export type WatchOptions = {
  readonly worker: Connection;
  readonly observer: Connection;
  readonly clock: Clock;
  readonly statementTimeoutMs: number;
};

/** One session in which statements run under watch. */
export type Watch = WatchOptions & {
  readonly ledger: Ledger;
  readonly drafts: Draft[];
  /** Filenodes as of the last statement of this transaction, by relation. */
  readonly filenodes: Map<number, number>;
  inTransaction: boolean;
};

export function createWatch(options: WatchOptions): Watch {
  return { ...options, ledger: createLedger(), drafts: [], filenodes: new Map(), inTransaction: false };
}

/** Begins a transaction that the tool, or the server for a whole message, would begin. */
export async function begin(watch: Watch): Promise<void> {
  await watch.clock.aside(() => watch.worker.script('BEGIN'));
  watch.inTransaction = true;
}

/** Commits, and closes the hold times of all locks; also when the server refuses. */
export async function commit(watch: Watch): Promise<void> {
  const { worker, statementTimeoutMs } = watch;
  try {
    await limited(worker, statementTimeoutMs, () => worker.script('COMMIT'));
  } finally {
    transactionEnded(watch);
  }
}

/** The session's transaction is over, by whatever: its locks are gone. */
export function transactionEnded(watch: Watch): void {
  watch.inTransaction = false;
  watch.filenodes.clear();
  watch.ledger.releaseAll(watch.clock.time());
}

/**
 * Sends the statement and watches it; its record is added to `drafts` even when it throws. `send` is another way to send
 * it in the worker's session, as the migration's own client does.
 */
export async function runStatement(
  watch: Watch,
  statement: Statement,
  send: Send = () => watch.worker.run(statement.sql),
): Promise<void> {
  const draft = newDraft(statement);
  watch.drafts.push(draft);
  draft.preflight = await countBefore(watch, statement);
  try {
    if (watch.inTransaction || statement.kind === 'TransactionStmt') await runInside(watch, draft, send);
    else if (sameInTransaction(statement)) await runAlone(watch, draft, send);
    else await runSampled(watch, draft, send);
  } catch (error) {
    // A refused statement's locks go with its transaction before anybody can look.
    if (error instanceof ServerError) draft.sampled = true;
    throw error;
  }
}

async function runInside(watch: Watch, draft: Draft, send: Send): Promise<void> {
  const executed = await execute(draft, watch, send);
  await observing(watch.clock, () => look(watch, draft, executed));
}

async function look(watch: Watch, draft: Draft, { begun, messages }: Executed): Promise<void> {
  const { worker, observer, filenodes } = watch;
  const { inTransaction, locks } = await readBackend(observer, worker.processId);
  if (!inTransaction) return transactionEnded(watch);
  watch.inTransaction = true;
  const exclusive = [...locks.values()].filter(({ mode }) => mode === 'AccessExclusiveLock');
  const relations = await readRelations(
    worker,
    exclusive.map(({ oid }) => oid),
  );
  const committed = exclusive.map(({ oid, filenode }) => [oid, filenode] as const);
  noteFilenodes(draft, new Map([...committed, ...filenodes]), relations);
  for (const [oid, { filenode }] of relations) filenodes.set(oid, filenode);
  const atHand = [...relations.values(), ...locks.values()].map(({ relation }) => relation);
  await noteMessages(draft, messages, atHand, worker);
  watch.ledger.enter(draft, locks, begun, watch.clock.time());
}

/** Sent between BEGIN and COMMIT so that its locks can be read; the COMMIT's time is the statement's. */
async function runAlone(watch: Watch, draft: Draft, send: Send): Promise<void> {
  await begin(watch);
  await runInside(watch, draft, send);
  const begun = watch.clock.time();
  await commit(watch);
  draft.durationMs += watch.clock.time() - begun;
}

async function runSampled(watch: Watch, draft: Draft, send: Send): Promise<void> {
  const { worker, observer, clock } = watch;
  draft.sampled = true;
  const before = await observing(clock, () => readAllRelations(observer));
  const filenodes = new Map([...before].map(([oid, { filenode }]) => [oid, filenode]));
  const sampler = startSampler(observer, worker.processId);
  const begun = clock.time();
  let messages: readonly string[] = [];
  try {
    ({ messages } = await execute(draft, watch, send));
  } finally {
    transactionEnded(watch);
    await observing(clock, () => evaluate(watch, draft, { begun, messages }, filenodes, sampler));
  }
}

async function evaluate(
  { observer, ledger }: Watch,
  draft: Draft,
  { begun, messages }: Executed,
  before: ReadonlyMap<number, number>,
  sampler: Sampler,
): Promise<void> {
  const locks = await sampler.stop();
  const after = await readAllRelations(observer);
  noteFilenodes(draft, before, after);
  const atHand = [...locks.values(), ...after.values()].map(({ relation }) => relation);
  await noteMessages(draft, messages, atHand, observer);
  const ended = begun + draft.durationMs;
  ledger.enter(draft, locks, begun, ended);
  ledger.releaseAll(ended);
}
