import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import type { MaskPlan } from '../masking/mask-plan.ts';
import type { ColumnStatistics, SourceSchema } from '../masking/source.ts';
import { fidelity } from '../masking/verification/fidelity.ts';
import { firstDifference, type PlanShape, planShape } from '../masking/verification/plan-shape.ts';
import { statusOf, type Verdict } from '../masking/verification/verdicts.ts';
import { aside, type Where } from '../postgres/aside.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';

/** A query whose plan is to stay the same. Parameters stand as $1 …, and their types are the server's guess. */
export type PlannedQuery = { readonly name: string; readonly sql: string };

export type FidelityRequest = {
  readonly plan: MaskPlan;
  /** The source's schema with its statistics, and the copy's after ANALYZE, read the same way. */
  readonly before: SourceSchema;
  readonly after: SourceSchema;
  readonly queries: readonly PlannedQuery[];
  /** Inside of the transaction with the snapshot. */
  readonly source: Connection;
  /** Outside of a transaction. */
  readonly target: Connection;
};

export type FidelityResult = {
  readonly verdict: Verdict;
  readonly columns: RefreshRecord['fidelity'];
};

/** Below this score a plan may well be another one. */
const LIKE_ENOUGH = 0.8;

/** Scores each masked column, and compares the plans of the given queries. Low scores are told; other plans fail. */
export async function measureFidelity(request: FidelityRequest): Promise<FidelityResult> {
  const columns = scores(request);
  const compared = { same: 0, problems: [] as Verdict['problems'][number][], unasked: 0 };
  for (const query of request.queries) {
    const found = await comparePlans(request, query);
    if (found === 'same') compared.same += 1;
    else {
      compared.problems.push({ where: query.name, what: found.what });
      if (found.unasked) compared.unasked += 1;
    }
  }
  const low = columns.filter(({ score }) => score < LIKE_ENOUGH).length;
  const mean = columns.reduce((sum, { score }) => sum + score, 0) / Math.max(1, columns.length);
  const scored =
    columns.length === 0
      ? 'No masked column has statistics on both sides'
      : `${columns.length} masked columns score ${mean.toFixed(2)} of 1 on average, ${low} below ${LIKE_ENOUGH}`;
  return {
    columns,
    verdict: {
      status: statusOf(compared.problems.length - compared.unasked, compared.unasked),
      summary: `${scored}; ${compared.same} of ${request.queries.length} queries have the same plan.`,
      problems: compared.problems,
    },
  };
}

/** Of the masked columns that both sides have statistics of. */
function scores({ plan, before, after }: FidelityRequest): RefreshRecord['fidelity'] {
  return [...plan.tables.values()].flatMap(({ key, table, columns, rows }) => {
    if (rows === 'empty') return [];
    const counts = { source: before.tables.get(key)?.rows ?? 0, copy: after.tables.get(key)?.rows ?? 0 };
    return columns.flatMap(({ name, mask }) => {
      const [own, other] = [statistics(before, key, name), statistics(after, key, name)];
      if (mask.kind !== 'masked' || own === undefined || other === undefined) return [];
      const column = `${table.schema}.${table.name}.${name}`;
      return [{ column, strategy: mask.strategy.as, ...fidelity(own, other, counts) }];
    });
  });
}

function statistics(schema: SourceSchema, key: string, column: string): ColumnStatistics | undefined {
  return schema.tables.get(key)?.columns.find(({ name }) => name === column)?.statistics;
}

type Unlike = { readonly what: string; readonly unasked: boolean };

async function comparePlans(
  { source, target }: FidelityRequest,
  { sql }: PlannedQuery,
): Promise<'same' | Unlike> {
  try {
    const before = await explain(source, 'inside a transaction', sql);
    const after = await explain(target, 'outside', sql);
    const difference = firstDifference(before, after);
    if (difference === undefined) return 'same';
    return { what: `The source plans ${difference.before}, the copy ${difference.after}.`, unasked: false };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return { what: `The server cannot plan it (SQLSTATE ${error.code}).`, unasked: true };
  }
}

const PARAMETER = /\$\d+/;
const STATEMENT = 'pullgres_planned';
const EXPLAIN = 'EXPLAIN (FORMAT JSON, COSTS OFF, VERBOSE)';

const PARAMETERS = `SELECT pg_catalog.cardinality(parameter_types) AS number FROM pg_catalog.pg_prepared_statements WHERE name = '${STATEMENT}'`;

/**
 * A query with parameters is prepared, and planned for any value (plan_cache_mode, documentation 19.7.4), which goes
 * without values on all versions. Nothing is executed.
 */
async function explain(session: Connection, where: Where, sql: string): Promise<PlanShape> {
  try {
    return await aside(session, where, { plan_cache_mode: 'force_generic_plan' }, () =>
      shapeFrom(session, sql),
    );
  } finally {
    // It outlives the transaction, also a failed one.
    if ((await session.query(PARAMETERS)).rows.length > 0) await session.query(`DEALLOCATE ${STATEMENT}`);
  }
}

async function shapeFrom(session: Connection, sql: string): Promise<PlanShape> {
  const explained = async (text: string): Promise<PlanShape> =>
    planShape(Object.values((await session.query(text)).rows[0] ?? {})[0]);
  if (!PARAMETER.test(sql)) return explained(`${EXPLAIN} ${sql}`);
  await session.query(`PREPARE ${STATEMENT} AS ${sql}`);
  const number = Number((await session.query(PARAMETERS)).rows[0]?.number);
  const nothing = Array.from({ length: number }, () => 'NULL').join(', ');
  return explained(`${EXPLAIN} EXECUTE ${STATEMENT}${number === 0 ? '' : `(${nothing})`}`);
}
