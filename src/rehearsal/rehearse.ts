import { ProviderError } from '../errors.ts';
import type { History, Migration } from '../migrations/migration.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { endWithClient } from '../postgres/orphan.ts';
import type { Finding } from '../rules/rule.ts';
import { loadParser } from '../sql/parse.ts';
import type { Contention } from './contention/contention.ts';
import { lostToProbes, partlyReason, standsInPart } from './contention/give-way.ts';
import { looking, ObservationError } from './execute.ts';
import { startLeftBehind } from './left-behind.ts';
import { isLoss, type Limits } from './problem.ts';
import { type MigrationRecord, rehearseOne } from './rehearse-one.ts';
import { startUsage } from './usage.ts';

export type RehearsalRequest = {
  readonly facts: ConnectionFacts;
  readonly migrations: readonly Migration[];
  readonly history: History;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** Readers and writers that go on beside the migrations. The caller began them and ends them. */
  readonly contention?: Pick<Contention, 'during' | 'giveWay'> | undefined;
  /** Is waited for after each migration that was applied. */
  readonly onApplied?: () => Promise<void>;
};

/** `unproven`: the server was lost or could not be watched; `reason` says how. Migrations that ran until then are listed. */
export type RehearsalResult = {
  readonly status: 'passed' | 'failed' | 'unproven';
  readonly reason?: string;
  readonly migrations: MigrationRecord[];
  /** What the migrations left behind that somebody has to finish. */
  readonly findings: readonly Finding[];
};

/** Opens a connection with these settings. Throws as openConnection does. */
async function open(
  { facts, signal }: RehearsalRequest,
  applicationName: string,
  settings: Readonly<Record<string, string>>,
): Promise<Connection> {
  const connection = await openConnection(facts, {
    applicationName,
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await endWithClient(connection);
    for (const [name, value] of Object.entries(settings)) {
      await connection.query('select pg_catalog.set_config($1, $2, false)', [name, value]);
    }
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function openWorker(request: RehearsalRequest): Promise<Connection> {
  const { statementTimeoutMs, lockTimeoutMs } = request.limits;
  return open(request, 'pullgres rehearsal', {
    client_min_messages: 'debug1',
    statement_timeout: `${statementTimeoutMs}ms`,
    lock_timeout: `${lockTimeoutMs}ms`,
  });
}

function openObserver(request: RehearsalRequest): Promise<Connection> {
  return open(request, 'pullgres observer', {
    // A migration that locks the catalog itself must not make the observer wait for ever.
    lock_timeout: '2s',
    jit: 'off',
    // A migration may set another for the database, with operators of its own before the server's.
    search_path: 'pg_catalog',
  });
}

async function ensureHistory(request: RehearsalRequest): Promise<void> {
  const connection = await open(request, 'pullgres history', {});
  try {
    await request.history.ensure(connection);
  } finally {
    await connection.close();
  }
}

/** Each migration has a session of its own: a deploy usually brings one, so a setting that leaks would never reach the next. */
async function inSession(
  request: RehearsalRequest,
  observer: Connection,
  migration: Migration,
): Promise<MigrationRecord> {
  const worker = await openWorker(request);
  const used = await looking(() => startUsage(observer, worker.processId)).catch(async (error) => {
    await worker.close();
    throw error;
  });
  let record: MigrationRecord;
  try {
    const { history, limits, onProgress, contention } = request;
    const session = { worker, observer, history, limits, onProgress, onStatement: contention?.during };
    record = await rehearseOne(session, migration);
  } finally {
    request.contention?.during(undefined);
    // Closing rolls back what is open.
    await worker.close();
  }
  return { ...record, ...(await looking(used)) };
}

/** What fails because of the probes beside it is tried again without them, unless a part of it stands: then it proves nothing. */
async function attempt(
  request: RehearsalRequest,
  observer: Connection,
  migration: Migration,
  beside: { isOn: boolean },
): Promise<MigrationRecord | { readonly reason: string }> {
  const record = await inSession(request, observer, migration);
  if (!beside.isOn || !lostToProbes(record)) return record;
  beside.isOn = false;
  await request.contention?.giveWay({
    place: record.statements.at(-1)?.place,
    code: record.problem?.code ?? '',
  });
  if (standsInPart(migration)) return { reason: partlyReason(record) };
  return inSession(request, observer, migration);
}

async function rehearseAll(request: RehearsalRequest, done: MigrationRecord[]): Promise<RehearsalResult> {
  await ensureHistory(request);
  const observer = await openObserver(request);
  const beside = { isOn: request.contention !== undefined };
  try {
    const left = await looking(() => startLeftBehind(observer));
    for (const migration of request.migrations) {
      request.onProgress(`Rehearsing ${migration.path}.`);
      const record = await attempt(request, observer, migration, beside);
      if ('reason' in record) return { status: 'unproven', reason: record.reason, ...left.settle(done) };
      done.push(await looking(() => left.after(migration, record)));
      if (record.outcome === 'failed') return { status: 'failed', ...left.settle(done) };
      await request.onApplied?.();
    }
    return { status: 'passed', ...left.settle(done) };
  } finally {
    await observer.close();
  }
}

function lossReason(error: unknown): string | undefined {
  if (error instanceof ObservationError) return lossReason(error.cause) ?? error.message;
  if (error instanceof ProviderError) return error.message;
  if (error instanceof ServerError && isLoss(error.code)) return error.message;
  return undefined;
}

/**
 * Applies the migrations in order as their tool would, watching locks, rewrites, scans, builds and time, and records
 * them in the tool's history. The first that fails ends it; it is rolled back as far as its tool would. Throws the
 * signal's reason when aborted (the running statement is cancelled), and what is a bug.
 */
export async function rehearse(request: RehearsalRequest): Promise<RehearsalResult> {
  const done: MigrationRecord[] = [];
  try {
    await loadParser();
    return await rehearseAll(request, done);
  } catch (error) {
    request.signal?.throwIfAborted();
    const loss = lossReason(error);
    if (loss === undefined) throw error;
    const at = request.migrations[done.length];
    const where = at === undefined ? '' : ` during ${at.path}`;
    return {
      status: 'unproven',
      reason: `The rehearsal stopped${where}: ${loss}`,
      migrations: done,
      findings: [],
    };
  }
}
