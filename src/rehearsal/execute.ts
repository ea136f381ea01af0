import type { Connection } from '../postgres/connection.ts';
import type { Clock } from './clock.ts';
import type { Draft } from './ledger.ts';

/** The observer could not look, so nothing is known of the statement: the rehearsal is unproven, not failed. */
export class ObservationError extends Error {
  override readonly name = 'ObservationError';
}

/** Statement texts that may turn the server's messages off. */
const QUIETS = /client_min_messages|\breset\s+all\b|\bdiscard\s+all\b/i;

/** The server's own limit speaks first; this one stands when a migration has set that aside. */
const GRACE_MS = 250;

/** Looks without counting the time. Throws ObservationError. */
export async function observing<Result>(clock: Clock, work: () => Promise<Result>): Promise<Result> {
  return clock.aside(async () => {
    try {
      return await work();
    } catch (cause) {
      throw new ObservationError('The locks could not be read.', { cause });
    }
  });
}

/** Cancels the worker's statement when it runs longer than the limit, in milliseconds. */
export async function limited<Result>(
  worker: Connection,
  limitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const timer = setTimeout(() => void worker.cancel().catch(() => undefined), limitMs + GRACE_MS);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

export type Executed = {
  /** When the statement began, by the clock. */
  readonly begun: number;
  /** The server's messages to it, in order. */
  readonly messages: readonly string[];
};

/** Sends the draft's statement and enters its duration and rows, the duration also when it throws. */
export async function execute(
  draft: Draft,
  session: { readonly worker: Connection; readonly clock: Clock; readonly statementTimeoutMs: number },
): Promise<Executed> {
  const { worker, clock, statementTimeoutMs } = session;
  const { sql } = draft.statement;
  const messages: string[] = [];
  const stop = worker.onNotice(({ message }) => messages.push(message));
  const begun = clock.time();
  try {
    draft.rows = (await limited(worker, statementTimeoutMs, () => worker.query(sql))).rowCount;
  } finally {
    draft.durationMs = clock.time() - begun;
    stop();
  }
  if (QUIETS.test(sql)) await clock.aside(() => worker.script('SET client_min_messages TO debug1'));
  return { begun, messages };
}
