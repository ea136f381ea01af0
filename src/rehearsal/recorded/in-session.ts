import { PassedOver } from '../../postgres/wire/injected.ts';
import type { Statement } from '../../sql/statement.ts';
import { limited, type Send } from '../execute.ts';
import type { Draft } from '../ledger.ts';
import { readCounted } from '../relations.ts';
import { unlimited } from '../unlimited.ts';
import { transactionEnded, type Watch } from '../watch.ts';

/** As `begin`; but outside a transaction nothing may be asked, since the client's portal stands ready. */
export async function beginInPipeline(watch: Watch): Promise<void> {
  await watch.clock.aside(async () => {
    await watch.worker.script('BEGIN');
    watch.inTransaction = true;
    if (watch.keepsCounters && watch.scanned !== undefined)
      watch.scanned = new Map(await unlimited(watch, readCounted));
    watch.keepsCounters = false;
  });
}

/** A statement's tree takes many times its text, and is of no use any more. */
export function forgetTree(draft: Draft): void {
  Object.assign(draft, {
    statement: { ...draft.statement, node: {} as Statement['node'] } satisfies Statement,
  });
}

/** Sends what belongs to the draft and enters time and rows, without a look. */
export async function timed(watch: Watch, draft: Draft, send: Send): Promise<void> {
  const begun = watch.clock.time();
  try {
    draft.rows = await limited(watch.worker, watch.statementTimeoutMs, send);
  } finally {
    draft.durationMs = watch.clock.time() - begun;
  }
}

/** Rolls our transaction back, also one that the server has ended. */
export async function rollBack(watch: Watch): Promise<void> {
  try {
    await watch.worker.script('ROLLBACK');
  } catch (error) {
    if (!(error instanceof PassedOver)) throw error;
  } finally {
    transactionEnded(watch);
  }
}
