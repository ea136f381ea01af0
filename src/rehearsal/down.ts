import { ProviderError } from '../errors.ts';
import type { RehearsalRecord } from '../evidence/schema.ts';
import type { Migration } from '../migrations/migration.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { readSchema, type SchemaSnapshot } from '../postgres/schema-snapshot.ts';
import { type Part, partOf, runPart } from './part.ts';
import { isLoss, type Limits } from './problem.ts';
import { changeLines, schemaDifference } from './schema-diff.ts';

export type Down = NonNullable<RehearsalRecord['migrations'][number]['down']>;

export type DownRequest = {
  readonly facts: ConnectionFacts;
  /** All applied by this run, in order. */
  readonly migrations: readonly Migration[];
  /** The schema before the first of them and after each: one more than there are migrations. */
  readonly schemas: readonly SchemaSnapshot[];
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  readonly onProgress: (message: string) => void;
};

export type DownResult = {
  /** One for each migration, in their order. */
  readonly downs: readonly Down[];
  /** The database was not brought back to where it was: it must be reset. */
  readonly mustReset: boolean;
};

/** A migration and its way back, on the way down and up again. */
type Step = {
  readonly migration: Migration;
  readonly up: Part;
  readonly down: Part;
  readonly before: SchemaSnapshot;
  readonly after: SchemaSnapshot;
};

type Travel = DownRequest & {
  readonly worker: Connection;
  readonly keeps: boolean;
  readonly results: Map<Migration, Down>;
  /** In what the schema differed at the last look: a difference is told of the migration that made it, once. */
  readonly standing: Set<string>;
};

const MOST_LINES = 200;

/**
 * Goes back by the down migrations from the last one on and up again, and compares the schemas by name and DDL. Where
 * all of them stay within a transaction it is rolled back, and the rows are as before; else it is done for good, and
 * the second way up restores the schema. Rows that a down migration drops are no fault of it. Migrations that were not
 * reached before the session was lost are not tried. Throws the signal's reason.
 */
export async function rehearseDown(request: DownRequest): Promise<DownResult> {
  const steps = reachable(request);
  const results = new Map<Migration, Down>();
  const keeps = steps.some(({ up, down }) => up.standsAlone || down.standsAlone);
  let isBack = true;
  if (steps.length > 0) {
    const worker = await openWorker(request);
    try {
      isBack = await travel({ ...request, worker, keeps, results, standing: new Set() }, steps);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!isLost(error)) throw error;
      isBack = false;
    } finally {
      // Closing rolls back what is open.
      await worker.close();
    }
  }
  const downs = request.migrations.map(
    (each) => results.get(each) ?? untried(each, request.migrations, results),
  );
  return { downs, mustReset: keeps && !isBack };
}

function isLost(error: unknown): boolean {
  return error instanceof ProviderError || (error instanceof ServerError && isLoss(error.code));
}

/** From the last migration down to the first that has no way back. */
function reachable({ migrations, schemas }: DownRequest): readonly Step[] {
  const steps: Step[] = [];
  for (const [at, migration] of [...migrations.entries()].reverse()) {
    const [up, down] = [partOf(migration, 'up'), partOf(migration, 'down')];
    const [before, after] = [schemas[at], schemas[at + 1]];
    if (up === undefined || down === undefined || before === undefined || after === undefined) break;
    steps.push({ migration, up, down, before, after });
  }
  return steps;
}

function untried(
  migration: Migration,
  all: readonly Migration[],
  results: ReadonlyMap<Migration, Down>,
): Down {
  if (migration.repeatable) return { status: 'not tried', reason: 'a repeatable migration has no way back' };
  if (partOf(migration, 'down') === undefined) return { status: 'missing' };
  const later = all.slice(all.indexOf(migration) + 1).toReversed();
  const blocking = later.find((each) => {
    const status = results.get(each)?.status;
    return status === undefined || status === 'failed';
  });
  const reason =
    blocking === undefined
      ? 'the server was lost, or the schema could not be read'
      : `${blocking.path}, which came after it, could not be taken back`;
  return { status: 'not tried', reason };
}

async function openWorker({ facts, signal, limits }: DownRequest): Promise<Connection> {
  const worker = await openConnection(facts, { applicationName: 'pullgres down', ...(signal && { signal }) });
  await setLimits(worker, limits);
  return worker;
}

async function setLimits(worker: Connection, limits: Limits): Promise<void> {
  await worker.query(
    "SELECT pg_catalog.set_config('statement_timeout', $1, false), pg_catalog.set_config('lock_timeout', $2, false)",
    [`${limits.statementTimeoutMs}ms`, `${limits.lockTimeoutMs}ms`],
  );
}

/** Down and up again; whether the schema is then as it was. */
async function travel(journey: Travel, steps: readonly Step[]): Promise<boolean> {
  const { worker, keeps, results, onProgress } = journey;
  if (!keeps) await worker.script('BEGIN');
  const gone: Step[] = [];
  for (const step of steps) {
    onProgress(`Taking back ${step.migration.path}.`);
    const result = await goDown(journey, step);
    results.set(step.migration, result);
    if (result.status === 'failed') break;
    gone.push(step);
  }
  // A refusal aborted the transaction: nothing more can be tried in it.
  if (!keeps && gone.length < steps.length) return true;
  for (const step of gone.toReversed()) {
    onProgress(`Applying ${step.migration.path} again.`);
    const again = await goUp(journey, step);
    if (again !== undefined && results.get(step.migration)?.status === 'reversed')
      results.set(step.migration, again);
    if (again?.status === 'failed') return false;
  }
  const [last] = steps;
  if (!keeps || last === undefined) return true;
  return schemaDifference(last.after, await readSchema(worker)).length === 0;
}

async function goDown(journey: Travel, { down, before }: Step): Promise<Down> {
  const problem = await send(journey, down);
  if (problem !== undefined) return { status: 'failed', reason: 'the server refused it', problem };
  const difference = await differenceFrom(journey, before);
  return difference.length === 0 ? { status: 'reversed' } : { status: 'differs', difference };
}

async function goUp(journey: Travel, { up, after }: Step): Promise<Down | undefined> {
  const problem = await send(journey, up);
  if (problem !== undefined)
    return { status: 'failed', reason: 'after the way back the migration itself was refused', problem };
  const difference = await differenceFrom(journey, after);
  if (difference.length === 0) return undefined;
  return { status: 'differs', reason: 'after down and up again the schema is another', difference };
}

/** What the last step made different from the wanted schema. */
async function differenceFrom(
  { worker, keeps, standing }: Travel,
  wanted: SchemaSnapshot,
): Promise<string[]> {
  const where = keeps ? 'outside' : 'inside a transaction';
  const changes = schemaDifference(wanted, await readSchema(worker, { where }));
  const lines = changeLines(changes.filter((change) => !standing.has(JSON.stringify(change))));
  standing.clear();
  for (const change of changes) standing.add(JSON.stringify(change));
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} lines more`];
}

/** As its tool would, in a session without the settings of the one before. */
async function send({ worker, keeps, limits }: Travel, part: Part) {
  await worker.script('RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL');
  await setLimits(worker, limits);
  const wraps = keeps && !part.standsAlone;
  if (wraps) await worker.script('BEGIN');
  const problem = await runPart(worker, part, limits);
  const refused = problem ?? (part.standsAlone ? undefined : await checkDeferred(worker, part));
  if (keeps) await worker.script(refused === undefined ? 'COMMIT' : 'ROLLBACK');
  return refused;
}

/** What COMMIT would check, the deferred constraints, is checked at the end of each part. */
async function checkDeferred(worker: Connection, part: Part) {
  try {
    await worker.script('SET CONSTRAINTS ALL IMMEDIATE');
    return undefined;
  } catch (error) {
    if (!(error instanceof ServerError) || isLoss(error.code)) throw error;
    return { file: part.path, message: error.message, code: error.code };
  }
}
