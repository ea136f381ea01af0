import { performance } from 'node:perf_hooks';
import type { ObservedStatement } from '../evidence/schema.ts';
import { aside, type Where } from '../postgres/aside.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import type { Statement } from '../sql/statement.ts';
import { round } from './clock.ts';
import { limited } from './execute.ts';
import { countsOf } from './preflight-ask.ts';
import type { Count } from './preflight-count.ts';
import type { Demand } from './preflight-demand.ts';
import { demands } from './preflight-plan.ts';
import { isLoss } from './problem.ts';

export type Preflight = NonNullable<ObservedStatement['preflight']>[number];

/** Longest time for one count, and for all of one statement: what is left then is not counted. Milliseconds. */
const LONGEST_COUNT_MS = 30_000;
const LONGEST_MS = 120_000;
const LONGEST_WAIT_MS = 2_000;

export type PreflightOptions = {
  readonly where: Where;
  /** The policy's limit for one statement. */
  readonly statementTimeoutMs: number;
};

/** SQLSTATEs of class 42 but for a missing privilege: the count asks for what is not there, or not yet. */
function isMisread({ code }: ServerError): boolean {
  return code.startsWith('42') && code !== '42501';
}

/**
 * Counts the rows that would break what the statement is about to ask for, in the session that will send it, so that
 * the work of its open transaction is seen. Read-only and rolled back: no lock, setting or error of a count stays. What
 * cannot be counted in time, or is not the role's to read, has no `rows`; what cannot be asked is left out. Throws when
 * the connection is lost or aborted.
 */
export async function preflight(
  connection: Connection,
  statement: Statement,
  options: PreflightOptions,
): Promise<readonly Preflight[]> {
  const wanted = demands(statement);
  if (wanted.length === 0) return [];
  const limitMs = Math.min(options.statementTimeoutMs, LONGEST_COUNT_MS);
  const ask = asker(connection, options.where, limitMs);
  const found: Preflight[] = [];
  const until = performance.now() + LONGEST_MS;
  for (const demand of wanted) {
    for (const count of await resolved(connection, ask, demand)) {
      if (performance.now() > until) found.push(entry(count, 0));
      else found.push(...(await counted(connection, ask, count)));
    }
  }
  return found;
}

type Ask = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Each question in a frame of its own. With row_security off a count that a policy would falsify is refused (docs: 20.11.1). */
function asker(connection: Connection, where: Where, limitMs: number): Ask {
  const settings = {
    statement_timeout: `${limitMs}ms`,
    lock_timeout: `${LONGEST_WAIT_MS}ms`,
    row_security: 'off',
    client_min_messages: 'warning',
  };
  return (work) => aside(connection, where, settings, () => limited(connection, limitMs, work));
}

async function resolved(connection: Connection, ask: Ask, demand: Demand): Promise<readonly Count[]> {
  try {
    return await ask(() => countsOf(connection, demand));
  } catch (error) {
    if (error instanceof ServerError && !isLoss(error.code)) return [];
    throw error;
  }
}

async function counted(connection: Connection, ask: Ask, count: Count): Promise<readonly Preflight[]> {
  const begun = performance.now();
  try {
    const { rows } = await ask(() => connection.query(count.count));
    return [{ ...entry(count, performance.now() - begun), rows: Number(rows[0]?.rows) }];
  } catch (error) {
    if (!(error instanceof ServerError) || isLoss(error.code)) throw error;
    return isMisread(error) ? [] : [entry(count, performance.now() - begun)];
  }
}

function entry({ check, relation, subject, find }: Count, durationMs: number): Preflight {
  return { check, relation, subject, durationMs: round(durationMs), ...(find === undefined ? {} : { find }) };
}
