import { performance } from 'node:perf_hooks';
import { ProviderError } from '../errors.ts';
import type { Problem, RehearsalRecord } from '../evidence/schema.ts';
import type { History, Migration } from '../migrations/migration.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { loadParser, parseSql } from '../sql/parse.ts';
import type { Statement } from '../sql/statement.ts';
import { createClock, round } from './clock.ts';
import { seal } from './ledger.ts';
import { isLoss, type Limits, limitProblem, problemOf } from './problem.ts';
import { createWatch, ObservationError, type Watch } from './watch.ts';

export type RehearsalRequest = {
  readonly facts: ConnectionFacts;
  readonly migrations: readonly Migration[];
  readonly history: History;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  readonly onProgress: (message: string) => void;
};

type MigrationRecord = RehearsalRecord['migrations'][number];

/** `unproven`: the server was lost or could not be watched; `reason` says how. Migrations that ran until then are listed. */
export type RehearsalResult = {
  readonly status: 'passed' | 'failed' | 'unproven';
  readonly reason?: string;
  readonly migrations: readonly MigrationRecord[];
};

type Session = {
  readonly request: RehearsalRequest;
  readonly observer: Connection;
  readonly worker: Connection;
};

/** A refusal of the migration that is no statement's: its history, its COMMIT, a transaction left open. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

async function refusing<Result>(migration: Migration, what: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ServerError) || isLoss(error.code)) throw error;
    const { message, code, hint } = error;
    throw new Refusal({
      file: migration.path,
      message: `${what}: ${message}`,
      code,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function begins({ node }: Statement): boolean {
  if (!('TransactionStmt' in node)) return false;
  return node.TransactionStmt.kind === 'TRANS_STMT_BEGIN' || node.TransactionStmt.kind === 'TRANS_STMT_START';
}

async function runStatements(
  { request }: Session,
  watch: Watch,
  migration: Migration,
  statements: readonly Statement[],
): Promise<void> {
  // One statement in a simple query is by itself; several are one transaction (docs 53.2.2.1).
  const implicit = migration.transaction === 'implicit' && statements.length > 1;
  let opened = false;
  if (migration.transaction === 'file') await watch.begin();
  for (const [at, statement] of statements.entries()) {
    request.onProgress(`${migration.path}: statement ${at + 1} of ${statements.length}.`);
    if (implicit && !watch.inTransaction() && !begins(statement)) await watch.begin();
    await watch.run(statement);
    opened = watch.inTransaction() && (opened || begins(statement));
  }
  if (migration.transaction !== 'file' && opened) throw new Refusal(neverEnded(migration));
}

function neverEnded(migration: Migration): Problem {
  return {
    file: migration.path,
    message:
      'The file begins a transaction and does not end it: all since then is lost when the tool disconnects.',
    hint: 'Add COMMIT, or remove BEGIN.',
  };
}

async function finish({ request, worker }: Session, watch: Watch, migration: Migration): Promise<void> {
  const record = () =>
    refusing(migration, 'The history could not be written', request.history.record(worker, migration));
  const commit = () => refusing(migration, 'COMMIT was refused', watch.commit());
  if (migration.transaction === 'file') await record();
  if (watch.inTransaction()) await commit();
  if (migration.transaction !== 'file') await record();
}

function problemFrom(error: unknown, limits: Limits, watch: Watch): Problem | undefined {
  if (error instanceof Refusal) return error.problem;
  if (!(error instanceof ServerError) || isLoss(error.code)) return undefined;
  const statement = watch.drafts.at(-1)?.statement;
  if (statement === undefined) return undefined;
  const { file, line, column } = statement.place;
  const sent = { file, text: statement.sql, line, column };
  return limitProblem(problemOf(sent, error), error, limits);
}

async function openWorker(request: RehearsalRequest): Promise<Connection> {
  const { facts, limits, signal } = request;
  const worker = await openConnection(facts, {
    applicationName: 'pullgres rehearsal',
    ...(signal === undefined ? {} : { signal }),
  });
  const settings = { client_min_messages: 'debug1', ...timeouts(limits) };
  for (const [name, value] of Object.entries(settings)) {
    await worker.query('select pg_catalog.set_config($1, $2, false)', [name, value]);
  }
  return worker;
}

function timeouts({ statementTimeoutMs, lockTimeoutMs }: Limits): Record<string, string> {
  return { statement_timeout: `${statementTimeoutMs}ms`, lock_timeout: `${lockTimeoutMs}ms` };
}

async function openObserver({ facts, signal }: RehearsalRequest): Promise<Connection> {
  const observer = await openConnection(facts, {
    applicationName: 'pullgres observer',
    ...(signal === undefined ? {} : { signal }),
  });
  // A migration that locks the catalog itself must not make the observer wait for ever.
  await observer.script(`SET lock_timeout TO '2s'; SET jit TO off; SET search_path TO pg_catalog`);
  return observer;
}

async function rehearseOne(session: Session, migration: Migration): Promise<MigrationRecord> {
  const { worker, observer, request } = session;
  const base = { version: migration.version, file: migration.path };
  const parsed = parseSql(migration.text, migration.path, migration.up);
  if (!parsed.ok)
    return { ...base, outcome: 'failed', durationMs: 0, statements: [], problem: parsed.problem };
  const clock = createClock(() => performance.now());
  const watch = createWatch({
    worker,
    observer,
    clock,
    statementTimeoutMs: request.limits.statementTimeoutMs,
  });
  const begun = clock.time();
  const close = (outcome: MigrationRecord['outcome']) => ({
    ...base,
    outcome,
    durationMs: round(clock.time() - begun),
    statements: watch.drafts.map(seal),
  });
  try {
    await runStatements(session, watch, migration, parsed.statements);
    await finish(session, watch, migration);
    return close('applied');
  } catch (error) {
    const problem = problemFrom(error, request.limits, watch);
    if (problem === undefined) throw error;
    watch.abandon();
    return { ...close('failed'), problem };
  }
}

/** Each migration has a session of its own: a deploy usually brings one, so a setting that leaks would never reach the next. */
async function inSession(request: RehearsalRequest, observer: Connection, migration: Migration) {
  const worker = await openWorker(request);
  try {
    return await rehearseOne({ request, observer, worker }, migration);
  } finally {
    // Closing rolls back what is open.
    await worker.close();
  }
}

function lossReason(error: unknown): string | undefined {
  if (error instanceof ObservationError) return lossReason(error.cause) ?? `${error.message}`;
  if (error instanceof ProviderError) return error.message;
  if (error instanceof ServerError && isLoss(error.code)) return error.message;
  return undefined;
}

async function prepare(request: RehearsalRequest): Promise<Connection> {
  const observer = await openObserver(request);
  try {
    await request.history.ensure(observer);
    return observer;
  } catch (error) {
    await observer.close();
    throw error;
  }
}

async function rehearseAll(request: RehearsalRequest, done: MigrationRecord[]): Promise<RehearsalResult> {
  const observer = await prepare(request);
  try {
    for (const migration of request.migrations) {
      request.onProgress(`Rehearsing ${migration.path}.`);
      const record = await inSession(request, observer, migration);
      done.push(record);
      if (record.outcome === 'failed') return { status: 'failed', migrations: done };
    }
    return { status: 'passed', migrations: done };
  } finally {
    await observer.close();
  }
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
    return { status: 'unproven', reason: `The rehearsal stopped${where}: ${loss}`, migrations: done };
  }
}
