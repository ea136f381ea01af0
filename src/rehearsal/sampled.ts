import type { Connection } from '../postgres/connection.ts';
import { readBackend } from './backend.ts';
import type { Clock } from './clock.ts';
import { type Executed, observing } from './execute.ts';
import type { Draft, Ledger } from './ledger.ts';
import { noteFilenodes, noteMessages } from './physical.ts';
import { FLUSH_SINCE, handIn, type RelationFact, readAllRelations, readScanned } from './relations.ts';
import { type Sampled, startSampler } from './sampler.ts';
import { type Scans, scansBetween } from './scans.ts';

/** The whole database at one moment, as the observer sees it. */
type Moment = {
  readonly relations: ReadonlyMap<number, RelationFact>;
  readonly scanned: Scans | undefined;
  readonly wal: number;
};

/** The look at the session also plans the sampler's own question before the statement can lock catalogs that planning reads. */
async function readMoment({ observer, worker }: Session): Promise<Moment> {
  const relations = await readAllRelations(observer);
  const scanned = observer.serverVersion < FLUSH_SINCE ? undefined : await readScanned(observer);
  const { wal } = await readBackend(observer, worker.processId);
  return { relations, scanned, wal };
}

/** What a sampled statement is watched with. */
type Session = {
  readonly worker: Connection;
  readonly observer: Connection;
  readonly clock: Clock;
  readonly ledger: Ledger;
};

/**
 * Runs a statement that is its own transactions, as VACUUM and CONCURRENTLY are: its locks are sampled, and what it did
 * is told from the database before and after it. Scans and log of other sessions in the same time count too; before
 * Postgres 15 the scans are left out, since nobody can make a session hand them in.
 */
export async function runSampled(
  session: Session,
  draft: Draft,
  work: () => Promise<Executed>,
): Promise<void> {
  const { worker, observer, clock } = session;
  draft.sampled = true;
  const before = await observing(clock, () => readMoment(session));
  const sampler = startSampler(observer, worker.processId);
  let executed: Executed = { begun: clock.time(), messages: [] };
  try {
    executed = await work();
  } finally {
    await observing(clock, async () => evaluate(session, draft, executed, before, await sampler.stop()));
  }
}

async function evaluate(
  session: Session,
  draft: Draft,
  { begun, messages }: Executed,
  before: Moment,
  { locks, looks, longestGapMs }: Sampled,
): Promise<void> {
  const { worker, observer, ledger } = session;
  draft.sampling = { looks, longestGapMs };
  await handIn(worker);
  const after = await readMoment(session);
  const filenodes = new Map([...before.relations].map(([oid, { filenode }]) => [oid, filenode]));
  noteFilenodes(draft, filenodes, after.relations);
  const atHand = [...locks.values(), ...after.relations.values()].map(({ relation }) => relation);
  await noteMessages(draft, messages, atHand, observer);
  if (before.scanned !== undefined && after.scanned !== undefined)
    draft.sequential = scansBetween(before.scanned, after.scanned);
  draft.walBytes = Math.max(0, after.wal - before.wal);
  const ended = begun + draft.durationMs;
  ledger.enter(draft, locks, begun, ended);
  ledger.releaseAll(ended);
}
