import { ProviderError } from '../errors.ts';
import { tableKey } from '../masking/source.ts';
import type { Connection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { withoutValues } from '../postgres/refusal.ts';
import { type Pace, pace } from './pace.ts';
import { defaultWorkers } from './pipeline.ts';
import type { OnRefreshProgress } from './progress.ts';
import { runTasks, type Task } from './schedule.ts';
import { type SequenceState, setSequences } from './sequences.ts';
import { openTargetSession } from './source-session.ts';
import { raiseMemory, type Upkeep, upkeep, upkeepTask } from './statistics.ts';

/** A statement of the scrubbed schema; masking/ddl says what its steps are. */
export type BuildStatement = {
  readonly sql: string;
  readonly step: 'schema' | 'index' | 'other' | 'foreign key' | 'code' | 'refresh';
  /** In words: index, foreign key constraint, event trigger. */
  readonly kind: string;
  /** As SQL. */
  readonly name: string;
  /** tableKey. */
  readonly table?: string | undefined;
  /** A server refuses it to others than a superuser. */
  readonly superuser?: true;
};

export type BuildRequest = {
  readonly target: ConnectionFacts;
  /** Runs what only a superuser may; without it the target's own role tries. */
  readonly asAdministrator?: ((sql: string) => Promise<void>) | undefined;
  readonly statements: readonly BuildStatement[];
  readonly workers?: number | undefined;
  readonly onProgress?: OnRefreshProgress | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type Built = { readonly kind: string; readonly name: string; readonly durationMs: number };

/**
 * Makes types, tables and all else that comes before the rows, in order.
 * @throws ProviderError that names the object and the SQLSTATE, without the server's text.
 */
export async function createSchema(request: BuildRequest): Promise<readonly Built[]> {
  const build = building(request, 'schema');
  await oneByOne(request.statements, build);
  return build.built;
}

/**
 * Makes all that comes after the rows. Indexes, and constraints on one table alone, several at once; then what hangs on
 * them (attached partitions' indexes, statistics objects, clustering), statistics and the visibility map, foreign keys
 * several at once, sequences, triggers, rules and policies, materialized views, event triggers.
 * @param request `sequences` as `readSequences` gave them.
 * @throws ProviderError that names the object, the SQLSTATE and where the fault is, never a row's value.
 */
export async function buildKeys(
  request: BuildRequest & { readonly sequences: readonly SequenceState[] },
): Promise<readonly Built[]> {
  const build = building(request, 'keys');
  const steps = (...wanted: readonly BuildStatement['step'][]): readonly BuildStatement[] =>
    request.statements.filter(({ step, kind }) => wanted.includes(step) && !isEventTrigger(kind));
  await atOnce(await largestFirst(steps('index'), build), build);
  await oneByOne(steps('schema', 'other'), build);
  await keepUp(build, ({ vacuum, analyze }) => [vacuum, analyze]);
  await atOnce(steps('foreign key'), build);
  await inSession(build, (session) => setSequences(session, request.sequences));
  await oneByOne(steps('code'), build);
  await refreshViews(steps('refresh'), build);
  await keepUp(build, ({ views }) => [views]);
  // Last: they would hear of all the others.
  await oneByOne(
    request.statements.filter(({ kind }) => isEventTrigger(kind)),
    build,
  );
  return build.built;
}

type Build = {
  readonly request: BuildRequest;
  readonly workers: number;
  readonly pace: Pace;
  readonly built: Built[];
  readonly open: () => Promise<Connection>;
};

function building(request: BuildRequest, step: 'schema' | 'keys'): Build {
  const workers = Math.max(1, request.workers ?? defaultWorkers());
  const open = async (): Promise<Connection> => {
    const session = await openTargetSession(request.target, request.signal);
    await raiseMemory(session, workers);
    // A foreign key may wait as long as its neighbour's check of the same parent takes.
    await session.query("SELECT pg_catalog.set_config('lock_timeout', '0', false)");
    return session;
  };
  const sizes = new Map(request.statements.map((statement) => [label(statement), 1]));
  return {
    request,
    workers,
    open,
    built: [],
    pace: pace(step, sizes, request.onProgress ?? (() => undefined)),
  };
}

function label({ kind, name }: BuildStatement): string {
  return `${kind} ${name}`;
}

function isEventTrigger(kind: string): boolean {
  return /event trigger/i.test(kind);
}

async function inSession<T>(build: Build, work: (session: Connection) => Promise<T>): Promise<T> {
  const session = await build.open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function oneByOne(statements: readonly BuildStatement[], build: Build): Promise<void> {
  if (statements.length === 0) return;
  await inSession(build, async (session) => {
    for (const statement of statements) await run(statement, session, build);
  });
}

async function run(statement: BuildStatement, session: Connection, build: Build): Promise<void> {
  const started = performance.now();
  const at = label(statement);
  build.pace.begin(at);
  try {
    const { asAdministrator } = build.request;
    if (statement.superuser && asAdministrator) await asAdministrator(statement.sql);
    else await session.script(statement.sql);
  } catch (error) {
    throw withoutValues(error, `The target refused the ${statement.kind} ${statement.name}`, 'target');
  }
  build.pace.end(at);
  build.built.push({ kind: statement.kind, name: statement.name, durationMs: performance.now() - started });
}

async function atOnce(statements: readonly BuildStatement[], build: Build): Promise<void> {
  const tasks = statements.map((statement): Task => {
    // CREATE INDEX lets others of its table run (SHARE); ALTER TABLE does not, and ADD FOREIGN KEY locks the parent too.
    const own = statement.table === undefined ? [] : [statement.table];
    const alone = /^\s*alter\s+table/i.test(statement.sql);
    return {
      exclusive: alone ? [...own, ...referenced(statement)] : [],
      shared: alone ? [] : own,
      run: (session) => untilNoDeadlock(() => run(statement, session, build)),
    };
  });
  await runTasks(tasks, build.workers, build.open);
}

/** Foreign keys of partitioned tables lock the partitions as well, each in its own order; the server ends one of two that wait for each other. */
async function untilNoDeadlock(work: () => Promise<void>, attempts = 5): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (attempts <= 1 || !(error instanceof ProviderError && error.status === '40P01')) throw error;
    await untilNoDeadlock(work, attempts - 1);
  }
}

const NAME = String.raw`"(?:[^"]|"")+"|[^\s".(),;]+`;
const REFERENCES = new RegExp(String.raw`\bREFERENCES\s+(${NAME})\.(${NAME})\s*\(`);

/** The parent's tableKey, from the form in which pg_get_constraintdef writes a foreign key with an empty search_path. */
function referenced({ step, sql }: BuildStatement): readonly string[] {
  const found = step === 'foreign key' ? REFERENCES.exec(sql) : null;
  if (found === null) return [];
  const plain = (name = ''): string =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  return [tableKey(plain(found[1]), plain(found[2]))];
}

/** So that no long build begins when all others are done. */
async function largestFirst(
  statements: readonly BuildStatement[],
  build: Build,
): Promise<readonly BuildStatement[]> {
  if (statements.length < 2) return statements;
  const { rows } = await inSession(build, (session) =>
    session.query(
      `SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_table_size(c.oid)::float8 AS bytes
       FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')`,
    ),
  );
  const sizes = new Map(
    rows.map(({ schema, name, bytes }) => [tableKey(String(schema), String(name)), Number(bytes)]),
  );
  const size = ({ table }: BuildStatement): number => sizes.get(table ?? '') ?? 0;
  return statements.toSorted((a, b) => size(b) - size(a));
}

/** In the given order; one that reads another that is not yet filled (SQLSTATE 55000) comes again after the others. */
async function refreshViews(statements: readonly BuildStatement[], build: Build): Promise<void> {
  let waiting = statements;
  while (waiting.length > 0) {
    const again: BuildStatement[] = [];
    let last: unknown;
    await inSession(build, async (session) => {
      for (const statement of waiting) {
        await run(statement, session, build).catch((error: unknown) => {
          if (!(error instanceof ProviderError && error.status === '55000')) throw error;
          last = error;
          again.push(statement);
        });
      }
    });
    if (again.length === waiting.length) throw last;
    waiting = again;
  }
}

async function keepUp(
  build: Build,
  choose: (all: Awaited<ReturnType<typeof upkeep>>) => readonly (readonly Upkeep[])[],
): Promise<void> {
  const groups = choose(await inSession(build, upkeep));
  const all = groups.flat();
  const steps = pace(
    'statistics',
    new Map(all.map(({ name, bytes }) => [name, bytes])),
    build.request.onProgress ?? (() => undefined),
  );
  for (const group of groups) {
    await runTasks(
      group.map((each) => upkeepTask(each, steps.end)),
      build.workers,
      build.open,
    );
  }
}
