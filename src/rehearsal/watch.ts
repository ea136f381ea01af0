import { type Connection, ServerError } from '../postgres/connection.ts';
import type { Statement } from '../sql/statement.ts';
import { sameInTransaction } from './alone.ts';
import { type BackendState, readBackend, readWal } from './backend.ts';
import type { Clock } from './clock.ts';
import { countBefore } from './count-before.ts';
import { type Executed, execute, limited, observing, type Send } from './execute.ts';
import { noteFormerNames } from './former-names.ts';
import { createLedger, type Draft, type Ledger, newDraft } from './ledger.ts';
import { notePassing, runsBlocks } from './passing-locks.ts';
import { noteFilenodes, noteMessages } from './physical.ts';
import { FLUSH_SINCE, handIn, handInNow, type OwnRelation, readCounted, readOwn } from './relations.ts';
import { runSampled } from './sampled.ts';
import { type Sampled, startSampler } from './sampler.ts';
import { noteScans, ownScans, type Scans, sharedBefore } from './scans.ts';
import { startTicker } from './ticker.ts';
import { mayRead, setsLimit, unlimited } from './unlimited.ts';

export type WatchOptions = {
  readonly worker: Connection;
  readonly observer: Connection;
  readonly clock: Clock;
  readonly statementTimeoutMs: number;
  /** The migration's begin, by the clock: offsets count from it. Left out, the watch's own begin. */
  readonly origin?: number;
  /** Hears how far a statement that lasts is, at most once a second; the text may hold names from the server. */
  readonly onProgress?: (message: string) => void;
};

/** One session in which statements run under watch. */
export type Watch = WatchOptions & {
  readonly origin: number;
  readonly ledger: Ledger;
  readonly drafts: Draft[];
  /** Filenodes as of the last statement of this transaction, by relation. */
  readonly filenodes: Map<number, number>;
  /** The session's own counters as of the last look; undefined when what they began with is not known. */
  scanned: Scans | undefined;
  inTransaction: boolean;
  /** The session will hand in its counters when its transaction ends. */
  handsIn: boolean;
  /** It ended a transaction without, so that they would count in the next one. */
  keepsCounters: boolean;
  /** A statement spoke of statement_timeout: what we ask in the session must not be cut short by it. */
  hasLimit: boolean;
};

export function createWatch(options: WatchOptions): Watch {
  return {
    ...options,
    origin: options.origin ?? options.clock.time(),
    ledger: createLedger(),
    drafts: [],
    filenodes: new Map(),
    scanned: new Map(),
    inTransaction: false,
    handsIn: false,
    keepsCounters: false,
    hasLimit: false,
  };
}

/** Begins a transaction that the tool, or the server for a whole message, would begin. */
export async function begin(watch: Watch): Promise<void> {
  await watch.clock.aside(async () => {
    await emptyCounters(watch);
    await watch.worker.script('BEGIN');
  });
  watch.inTransaction = true;
}

/** Throws where nothing of ours may follow: a client's message was refused, or the session is lost. */
async function emptyCounters(watch: Watch): Promise<void> {
  try {
    if (watch.keepsCounters && !watch.inTransaction) await handInNow(watch.worker);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
  }
  watch.keepsCounters = false;
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
  watch.keepsCounters = !watch.handsIn;
  watch.handsIn = false;
  watch.filenodes.clear();
  // Older servers' sessions keep their counters for up to half a second more, and no one can tell when they hand them in.
  watch.scanned = watch.worker.serverVersion < FLUSH_SINCE ? undefined : new Map();
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
  const draft = newDraft(statement, watch.origin);
  watch.drafts.push(draft);
  watch.hasLimit ||= setsLimit(statement);
  draft.preflight = await countBefore(watch, statement);
  if (draft.preflight.length > 0) await observing(watch.clock, () => setScansAside(watch));
  try {
    if (watch.inTransaction || statement.kind === 'TransactionStmt') await runInside(watch, draft, send);
    else if (sameInTransaction(statement)) await runAlone(watch, draft, send);
    else await runSampled(watch, draft, () => attendedAlone(watch, draft, send));
  } catch (error) {
    // A refused statement's locks go with its transaction before anybody can look.
    if (error instanceof ServerError) draft.sampled = true;
    throw error;
  }
}

/** What we have scanned in the session ourselves is not the next statement's. */
async function setScansAside(watch: Watch): Promise<void> {
  const { worker, inTransaction } = watch;
  if (!inTransaction) {
    await handIn(worker);
    if (worker.serverVersion < FLUSH_SINCE) watch.scanned = undefined;
  } else if (watch.scanned !== undefined)
    watch.scanned = new Map([...watch.scanned, ...(await unlimited(watch, readCounted))]);
}

/** Sends the statement; while it lasts, its waits and progress are read beside it. */
async function attended(watch: Watch, draft: Draft, send: Send): Promise<Executed> {
  const { observer, worker, clock, onProgress = () => undefined } = watch;
  const session = { observer, processId: worker.processId, clock };
  const ticker = startTicker(session, draft.statement, onProgress);
  try {
    return await execute(draft, watch, send);
  } finally {
    draft.waits = await clock.aside(() => ticker.stop());
  }
}

async function attendedAlone(watch: Watch, draft: Draft, send: Send): Promise<Executed> {
  try {
    return await attended(watch, draft, send);
  } finally {
    transactionEnded(watch);
  }
}

type Before = { readonly wal: number; readonly shared: Scans | undefined };

async function runInside(watch: Watch, draft: Draft, send: Send): Promise<Before> {
  const { observer, clock } = watch;
  const before = await observing(clock, async () => {
    await emptyCounters(watch);
    const shared = await sharedBefore(observer, draft.statement);
    return { shared, wal: await readWal(observer) };
  });
  const { executed, passing } = await sampledToo(watch, draft, send);
  await observing(clock, () => look(watch, draft, before, executed));
  if (passing) notePassing(draft, watch.ledger.fresh(passing.locks));
  return before;
}

type Attended = { readonly executed: Executed; readonly passing?: Sampled };

/** As `attended`; the locks of what may give them up before its end are sampled besides. */
async function sampledToo(watch: Watch, draft: Draft, send: Send): Promise<Attended> {
  if (!runsBlocks(draft.statement)) return { executed: await attended(watch, draft, send) };
  const sampler = startSampler(watch.observer, watch.worker.processId);
  try {
    const executed = await attended(watch, draft, send);
    return { executed, passing: await observing(watch.clock, sampler.stop) };
  } catch (error) {
    await sampler.stop().catch(() => undefined);
    throw error;
  }
}

async function look(
  watch: Watch,
  draft: Draft,
  before: Before,
  { begun, messages }: Executed,
): Promise<void> {
  const { worker, observer, ledger, clock } = watch;
  const mayAsk = watch.inTransaction && mayRead(draft.statement);
  const { inTransaction, locks, wal } = await readBackend(observer, worker.processId);
  draft.walBytes = Math.max(0, wal - before.wal);
  if (!inTransaction) return transactionEnded(watch);
  watch.inTransaction = true;
  const own = mayAsk ? await askWorker(watch, draft, locks) : NOTHING;
  if (mayAsk && watch.scanned !== undefined) {
    const after = ownScans(own);
    const counted = { before: watch.scanned, after, shared: before.shared };
    await noteScans(draft, observer, counted, messages);
    watch.scanned = new Map([...watch.scanned, ...after]);
  }
  const atHand = [...own.values(), ...locks.values()].map(({ relation }) => relation);
  const isLost = await noteMessages(draft, messages, atHand, worker);
  if (runsBlocks(draft.statement)) noteFormerNames(draft, own, locks, isLost);
  ledger.enter(draft, locks, begun, clock.time());
}

const NOTHING: ReadonlyMap<number, OwnRelation> = new Map();

/** How the session itself sees the relations that it has locked, as far as they existed before it; rewrites show in their files. */
async function askWorker(
  watch: Watch,
  draft: Draft,
  locks: BackendState['locks'],
): Promise<ReadonlyMap<number, OwnRelation>> {
  if (locks.size === 0) return NOTHING;
  const { filenodes } = watch;
  const own = await unlimited(watch, (worker) => readOwn(worker, [...locks.keys()]));
  watch.handsIn = true;
  const exclusive = new Map([...own].filter(([oid]) => locks.get(oid)?.mode === 'AccessExclusiveLock'));
  const committed = [...locks.values()].map(({ oid, filenode }) => [oid, filenode] as const);
  noteFilenodes(draft, new Map([...committed, ...filenodes]), exclusive);
  for (const [oid, { filenode }] of exclusive) filenodes.set(oid, filenode);
  return own;
}

/** Sent between BEGIN and COMMIT so that its locks can be read; the COMMIT's time and log are the statement's. */
async function runAlone(watch: Watch, draft: Draft, send: Send): Promise<void> {
  const { clock, observer } = watch;
  await begin(watch);
  const { wal } = await runInside(watch, draft, send);
  const begun = clock.time();
  await commit(watch);
  draft.durationMs += clock.time() - begun;
  draft.walBytes = (await observing(clock, () => readWal(observer))) - wal;
}
