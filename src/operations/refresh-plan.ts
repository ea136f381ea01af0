import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import type { Scrubbed } from '../masking/ddl/ddl-statement.ts';
import { detect } from '../masking/detection/detect.ts';
import type { Detection } from '../masking/detection/detection.ts';
import type { MaskPlan, PlanProblem } from '../masking/mask-plan.ts';
import { planMasks } from '../masking/plan.ts';
import { openConnection } from '../postgres/connection.ts';
import { type DatabaseLocale, readLocale } from '../postgres/locale.ts';
import { sampleColumns } from '../refresh/sample.ts';
import type { RefreshSource } from '../refresh/source.ts';
import type { World } from '../runner/world.ts';
import { tablesWithRows } from './mask-source.ts';
import { scrubbedText, triedOnRows } from './mask-trials.ts';
import { type RefreshLog, RefusedRefresh } from './refresh-record.ts';
import type { RefreshWish } from './refresh-wish.ts';

/** All that is decided before a row is moved. */
export type Prepared = {
  readonly plan: MaskPlan;
  readonly ddl: Scrubbed;
  readonly locale: DatabaseLocale;
};

export type Preparing = {
  readonly source: RefreshSource;
  readonly wish: Pick<RefreshWish, 'profile' | 'maskKey'>;
  readonly log: RefreshLog;
};

/**
 * Plans every column, looks through those that stay clear, and scrubs the schema's text.
 * @throws RefusedRefresh with a check that names all that stands in the way, before any row is moved.
 */
export async function prepareRefresh(world: World, preparing: Preparing): Promise<Prepared> {
  const { source, wish, log } = preparing;
  const plan = await planned(world, preparing);
  log.add({ risks: plan.risks.map(withNull), notes: [...plan.notes] });
  const begun = performance.now();
  const ddl = await scrubbedText(world, source, wish.profile);
  log.add({ scrubbed: [...ddl.scrubbed] });
  refuse(log, 'schema text', begun, ddl.problems);
  const connection = await openConnection(source.facts, {
    applicationName: 'pullgres refresh',
    signal: world.signal,
  });
  try {
    return { plan, ddl, locale: await readLocale(connection) };
  } finally {
    await connection.close();
  }
}

function withNull({ probability, ...risk }: MaskPlan['risks'][number]): RefreshRecord['risks'][number] {
  return { ...risk, probability: probability ?? null };
}

/** First by the profile alone, then with what a sample of the columns that stay clear holds. */
async function planned(world: World, { source, wish, log }: Preparing): Promise<MaskPlan> {
  const begun = performance.now();
  const today = world.now().toISOString().slice(0, 10);
  const { profile } = wish;
  const first = planMasks({ profile, schema: source.schema, today });
  if ('problems' in first) {
    // So that the lines to paste say what the columns hold.
    const seen = await detectIn(world, source, tablesWithRows(source));
    const again = planMasks({ profile, schema: source.schema, today, detections: seen });
    throw refuse(log, 'profile', begun, 'problems' in again ? again.problems : first.problems);
  }
  world.info('Looking through the columns that stay as they are');
  const detections = await detectClear(world, source, first.plan);
  const second = planMasks({ profile, schema: source.schema, today, detections });
  if ('problems' in second) throw refuse(log, 'profile', begun, second.problems);
  const broken = await triedOnRows(world, source, second.plan, wish.maskKey);
  if (broken.length > 0) throw refuse(log, 'profile', begun, broken);
  return second.plan;
}

/** What the clear columns of copied tables seem to hold, by JSON.stringify([schema, table, column]). */
export async function detectClear(
  world: World,
  source: RefreshSource,
  plan: MaskPlan,
): Promise<ReadonlyMap<string, readonly Detection[]>> {
  const clear = [...plan.tables.values()].filter(
    ({ rows, columns }) => rows === 'copy' && columns.some(({ mask }) => mask.kind === 'clear'),
  );
  const wanted = new Set(clear.map(({ key }) => key));
  return detectIn(world, source, wanted);
}

/** What the columns of these tables (tableKey) seem to hold, by a sample of each. */
export async function detectIn(
  world: World,
  source: RefreshSource,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly Detection[]>> {
  const detections = new Map<string, readonly Detection[]>();
  const connection = await openConnection(source.facts, {
    applicationName: 'pullgres refresh',
    signal: world.signal,
  });
  try {
    for (const [key, table] of source.schema.tables) {
      if (!wanted.has(key)) continue;
      const samples = await sampleColumns(connection, table);
      for (const column of table.columns) {
        const found = detect({ table, column, sample: samples.get(column.name) });
        if (found.length > 0) detections.set(JSON.stringify([table.schema, table.name, column.name]), found);
      }
    }
  } finally {
    await connection.close();
  }
  return detections;
}

type Problem = PlanProblem | SourceProblem;
type SourceProblem = { readonly where: string; readonly what: string; readonly remedy: string };

/** Writes the check down; gives the refusal where there are problems, throws it when it is not taken. */
function refuse(log: RefreshLog, name: string, begun: number, problems: readonly Problem[]): RefusedRefresh {
  const durationMs = Math.round(performance.now() - begun);
  const said = problems.map(({ where, what, remedy }) => ({
    where,
    what: `${/[.!?]$/.test(what) ? what : `${what}.`} ${remedy}`,
  }));
  const summary =
    problems.length === 0 ? 'nothing stands in the way' : `${problems.length} to put right first`;
  log.add({
    checks: [
      { name, status: problems.length === 0 ? 'proved' : 'failed', summary, durationMs, problems: said },
    ],
  });
  const refusal = new RefusedRefresh(
    `${problems.length === 1 ? 'One thing' : `${problems.length} things`} of the ${name} must be put right first.`,
  );
  if (problems.length > 0) throw refusal;
  return refusal;
}
