import { CANCEL_GRACE_MS, type Connection, ServerError } from '../postgres/connection.ts';
import { readServerMessage } from '../postgres/messages.ts';
import type { Clock } from './clock.ts';
import type { Draft } from './ledger.ts';

/** The observer could not look, so nothing is known of the statement: the rehearsal is unproven, not failed. */
export class ObservationError extends Error {
  override readonly name = 'ObservationError';
}

/** Set anew before each of a migration's statements: a function or a text in pieces may have set another. */
export const HEAR_ALL = 'SET client_min_messages TO debug1';

/** Statement texts that may turn the server's messages off. */
const QUIETS = /client_min_messages|\breset\s+all\b|\bdiscard\s+all\b/i;

/** The server's own limit speaks first; this one stands when a migration has set that aside. */
const GRACE_MS = 250;

/** Looks. Throws ObservationError. */
export async function looking<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new ObservationError('The locks could not be read.', { cause });
  }
}

/** Looks without counting the time. Throws ObservationError. */
export function observing<Result>(clock: Clock, work: () => Promise<Result>): Promise<Result> {
  return clock.aside(() => looking(work));
}

/** A message of the server's own is shorter, and a statement says fewer: more is a migration's RAISE. */
const MESSAGE_LENGTH = 1024;
const MESSAGES = 10_000;

function pastLimit(limitMs: number): ServerError {
  const message = `The session was ended: the statement ran past the limit of ${limitMs} ms and did not heed its cancellation.`;
  return new ServerError(message, { code: '57014', severity: 'FATAL' });
}

/**
 * Cancels the worker's statement when it runs longer than the limit, in milliseconds. Ends the session when it swallows
 * that (a handler for query_canceled may), and throws ServerError 57014.
 */
export async function limited<Result>(
  worker: Connection,
  limitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  let isEnded = false;
  const end = (): void => {
    isEnded = true;
    void worker.terminate().catch(() => undefined);
  };
  const cancel = (): void => {
    timer = setTimeout(end, CANCEL_GRACE_MS);
    void worker.cancel().catch(() => undefined);
  };
  let timer = setTimeout(cancel, limitMs + GRACE_MS);
  try {
    return await work();
  } catch (error) {
    throw isEnded ? pastLimit(limitMs) : error;
  } finally {
    clearTimeout(timer);
  }
}

export type Executed = {
  /** When the statement began, by the clock. */
  readonly begun: number;
  /** What the server told of its work, each text once, in order. */
  readonly messages: readonly string[];
};

/** Sends a statement in the worker's session and gives its rows; throws ServerError when it is refused. */
export type Send = () => Promise<number | undefined>;

/** Sends the draft's statement and enters its duration and rows, the duration also when it throws. */
export async function execute(
  draft: Draft,
  session: { readonly worker: Connection; readonly clock: Clock; readonly statementTimeoutMs: number },
  send: Send,
): Promise<Executed> {
  const { worker, clock, statementTimeoutMs } = session;
  const { sql } = draft.statement;
  const messages = new Set<string>();
  const stop = worker.onNotice(({ message }) => {
    const isShort = message.length <= MESSAGE_LENGTH && messages.size <= MESSAGES;
    if (isShort && readServerMessage(message) !== undefined) messages.add(message);
  });
  const begun = clock.time();
  draft.begun = begun;
  try {
    draft.rows = await limited(worker, statementTimeoutMs, send);
  } finally {
    draft.durationMs = clock.time() - begun;
    stop();
  }
  if (QUIETS.test(sql)) await clock.aside(() => worker.script(HEAR_ALL));
  // The server's own may be among those that were not kept.
  if (messages.size > MESSAGES)
    throw new ObservationError(`A statement gave more than ${MESSAGES} messages.`);
  return { begun, messages: [...messages] };
}
