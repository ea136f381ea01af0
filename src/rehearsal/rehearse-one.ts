import { performance } from 'node:perf_hooks';
import type { Problem, RehearsalRecord } from '../evidence/schema.ts';
import type { History, Migration } from '../migrations/migration.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { parseSql } from '../sql/parse.ts';
import type { Place, Statement } from '../sql/statement.ts';
import { createClock, round } from './clock.ts';
import { HEAR_ALL } from './execute.ts';
import { seal } from './ledger.ts';
import { isLoss, type Limits, limitProblem, problemOf } from './problem.ts';
import { rolledBack } from './rolled-back.ts';
import { begin, commit, createWatch, runStatement, transactionEnded, type Watch } from './watch.ts';

export type MigrationRecord = RehearsalRecord['migrations'][number];

/** What one migration is rehearsed with: a session of its own, and the observer. */
export type Session = {
  readonly worker: Connection;
  readonly observer: Connection;
  readonly history: History;
  readonly limits: Limits;
  readonly onProgress: (message: string) => void;
  /** Hears which statement is about to be sent. */
  readonly onStatement?: ((place: Place) => void) | undefined;
};

/** A refusal that is no statement's: of the history, of COMMIT, of a transaction left open. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

async function refusing(migration: Migration, what: string, work: Promise<void>): Promise<void> {
  try {
    await work;
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

function neverEnded(migration: Migration): Refusal {
  return new Refusal({
    file: migration.path,
    message:
      'The file begins a transaction and does not end it: all since then is lost when the tool disconnects.',
    hint: 'Add COMMIT, or remove BEGIN.',
  });
}

/** Of more statements than these, only each so-many-th is told of. */
const MANY = 100;

async function runStatements(
  { onProgress, onStatement }: Session,
  watch: Watch,
  migration: Migration,
  statements: readonly Statement[],
): Promise<void> {
  // One statement in a simple query is by itself; several are one transaction (docs 53.2.2.1).
  const implicit = migration.transaction === 'implicit' && statements.length > 1;
  let opened = false;
  if (migration.transaction === 'file') await begin(watch);
  for (const [at, statement] of statements.entries()) {
    if (statements.length <= MANY || at % MANY === 0)
      onProgress(`${migration.path}: statement ${at + 1} of ${statements.length}.`);
    if (implicit && !watch.inTransaction && !begins(statement)) await begin(watch);
    await watch.clock.aside(() => watch.worker.script(HEAR_ALL));
    onStatement?.(statement.place);
    await runStatement(watch, statement);
    opened = watch.inTransaction && (opened || begins(statement));
  }
  if (migration.transaction !== 'file' && opened) throw neverEnded(migration);
  const lost = migration.transaction === 'file' ? rolledBack(statements) : undefined;
  if (lost !== undefined) throw new Refusal(lost);
}

/** What the tool writes of a migration before it runs it. */
async function announce({ worker, history }: Session, migration: Migration): Promise<void> {
  const work = history.begin?.(worker, migration);
  if (work !== undefined) await refusing(migration, 'The history could not be written', work);
}

async function finish({ worker, history }: Session, watch: Watch, migration: Migration): Promise<void> {
  const record = () =>
    refusing(migration, 'The history could not be written', history.record(worker, migration));
  if (migration.transaction === 'file') await record();
  if (watch.inTransaction) await refusing(migration, 'COMMIT was refused', commit(watch));
  if (migration.transaction !== 'file') await record();
}

function problemFrom(error: unknown, limits: Limits, watch: Watch): Problem | undefined {
  if (error instanceof Refusal) return error.problem;
  if (!(error instanceof ServerError) || isLoss(error.code)) return undefined;
  const statement = watch.drafts.at(-1)?.statement;
  if (statement === undefined) return undefined;
  const { file, line, column } = statement.place;
  return limitProblem(problemOf({ file, text: statement.sql, line, column }, error), error, limits);
}

/**
 * Runs one migration's statements as its tool would, and records it. What the server refuses is a record with the
 * outcome `failed`; the caller closes the session, which rolls back what is open. Throws what is no refusal: a lost
 * connection, an observer that could not look, an abort.
 */
export async function rehearseOne(session: Session, migration: Migration): Promise<MigrationRecord> {
  const { worker, observer, limits, onProgress } = session;
  const base = { version: migration.version, file: migration.path };
  const parsed = parseSql(migration.text, migration.path, migration.up);
  if (!parsed.ok)
    return { ...base, outcome: 'failed', durationMs: 0, statements: [], problem: parsed.problem };
  const clock = createClock(() => performance.now());
  const begun = clock.time();
  const { statementTimeoutMs } = limits;
  const watch = createWatch({ worker, observer, clock, statementTimeoutMs, origin: begun, onProgress });
  const close = (outcome: MigrationRecord['outcome']) => ({
    ...base,
    outcome,
    durationMs: round(clock.time() - begun),
    statements: watch.drafts.map(seal),
  });
  try {
    await announce(session, migration);
    await runStatements(session, watch, migration, parsed.statements);
    await finish(session, watch, migration);
    return close('applied');
  } catch (error) {
    const problem = problemFrom(error, limits, watch);
    if (problem === undefined) throw error;
    transactionEnded(watch);
    return { ...close('failed'), problem };
  }
}
