import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { groupBy } from '../../../src/group-by.ts';
import type { OperationName } from './operation.ts';
import type { Moment, Point } from './proxy.ts';
import { sample, seededRandom } from './random.ts';
import type { Stage } from './stage.ts';
import type { Kind } from './strikes.ts';
import { type Outcome, runTrial, soundRun, type Trial, trialName } from './trial.ts';

/** Every fault of these kinds at every point of these operations. */
export type Plan = {
  readonly operations: readonly OperationName[];
  readonly kinds: readonly Kind[];
  readonly moments: readonly Moment[];
  /** `acts`: only the boundaries of statements that change something, between which the server's state is the same. */
  readonly boundaries?: 'acts';
  /** As many of them as run by default, chosen by the seed, of every operation and kind alike; all when left out, and with PULLGRES_FAULTS=all. */
  readonly most?: number;
};

export const SEED = Number(process.env.PULLGRES_FAULTS_SEED ?? 20_260_101);
const ALL = process.env.PULLGRES_FAULTS === 'all';
/** One trial by its name, as a failure prints it. */
const ONLY = process.env.PULLGRES_FAULTS_ONLY;

/** Reads and settings: to the server it is the same whether they came or not. */
const READS = /^\s*(SELECT|WITH|SET|SHOW)\b/i;
const ACTS = /pg_terminate_backend|pg_advisory_lock|pg_drop_|set_config/;

const acts = (sql: string | undefined): boolean => sql !== undefined && (!READS.test(sql) || ACTS.test(sql));

function pointsOf(statements: readonly string[], { moments, boundaries }: Plan): readonly Point[] {
  const isTaken = (at: number, moment: Moment): boolean => {
    if (ALL || ONLY !== undefined || acts(statements[at])) return true;
    return moment !== 'during' && (boundaries !== 'acts' || acts(statements[at - 1]));
  };
  return statements.flatMap((_sql, at) =>
    moments.filter((moment) => isTaken(at, moment)).map((moment) => ({ statement: at + 1, moment })),
  );
}

/** The trials of the plans, after a sound run of each operation has shown its statements. */
export async function schedule(stage: Stage, plans: readonly Plan[]): Promise<readonly Trial[]> {
  const statements = new Map<OperationName, readonly string[]>();
  for (const operation of new Set(plans.flatMap(({ operations }) => operations))) {
    statements.set(operation, await soundRun(stage, operation));
  }
  const random = seededRandom(SEED);
  const chosen = plans.flatMap((plan) => {
    const { operations, kinds, most } = plan;
    const trials = operations.flatMap((operation) =>
      kinds.flatMap((kind) =>
        pointsOf(statements.get(operation) ?? [], plan).map((point) => ({ operation, kind, point })),
      ),
    );
    return most === undefined || ALL || ONLY ? trials : spread(trials, most, random);
  });
  return ONLY === undefined ? chosen : chosen.filter((trial) => trialName(trial) === ONLY);
}

/** At most so many, by chance, but as many of each operation and kind as there are of any other. */
function spread(trials: readonly Trial[], most: number, random: () => number): readonly Trial[] {
  const mixed = sample(trials, trials.length, random);
  const groups = [...groupBy(mixed, ({ operation, kind }) => `${operation}: ${kind}`).values()];
  const longest = Math.max(...groups.map(({ length }) => length));
  const turns = Array.from({ length: longest }, (_, turn) => groups.flatMap((group) => group[turn] ?? []));
  return turns.flat().slice(0, most);
}

/** The program of a child process in one file, which starts in half the time. */
export async function bundledChild(): Promise<{
  readonly program: string;
  readonly remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-test-child-'));
  const program = join(folder, 'child.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return { program, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs the trials, `width` at a time. */
export async function runTrials(
  stage: Stage,
  trials: readonly Trial[],
  program: string,
  width: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...trials];
  const work = async (): Promise<void> => {
    for (let trial = waiting.shift(); trial; trial = waiting.shift()) {
      outcomes.push(await runTrial(stage, trial, program));
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return outcomes;
}

/** One line for each violation, with what it takes to see it again. */
export function complaints(outcomes: readonly Outcome[]): string {
  return outcomes
    .flatMap(({ trial, statement, violations }) =>
      violations.map(
        (violation) =>
          `PULLGRES_FAULTS_SEED=${SEED} PULLGRES_FAULTS_ONLY='${trialName(trial)}' (${(statement ?? 'not reached').trim().slice(0, 60)}): ${violation}`,
      ),
    )
    .join('\n');
}

/** How many points and kinds were tried, and how many violations that gave. */
export function summary(outcomes: readonly Outcome[]): string {
  const points = new Set(
    outcomes.map(({ trial: { operation, point } }) => `${operation} ${point.statement} ${point.moment}`),
  );
  const kinds = new Set(outcomes.map(({ trial }) => trial.kind));
  const missed = outcomes.filter(({ statement }) => statement === undefined).length;
  const violations = outcomes.reduce((sum, outcome) => sum + outcome.violations.length, 0);
  return `${points.size} points × ${kinds.size} kinds (${[...kinds].join(', ')}): ${outcomes.length} faults, ${missed} not reached, violations ${violations}`;
}
