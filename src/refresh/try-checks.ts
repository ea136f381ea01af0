import { COMMON_DOMAINS } from '../masking/domain.ts';
import type { MaskPlan, PlanProblem, TablePlan } from '../masking/mask-plan.ts';
import { alternatives, TRIED_DOMAIN } from '../masking/planning/alternatives.ts';
import { placeText } from '../masking/planning/column-id.ts';
import { ruleText } from '../masking/profile/strategy-text.ts';
import type { SourceCheck, SourceColumn, SourceType } from '../masking/source.ts';
import type { Strategy } from '../masking/strategy.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { identifier, qualified } from '../postgres/quote.ts';

/** Rows of a table that masks are tried on. */
export const TRIED_ROWS = 20_000;

/** Domains whose keys a session needs for `tryChecks`. */
export const triedDomains = (plan: MaskPlan): readonly string[] => [
  ...new Set([...plan.domains, ...COMMON_DOMAINS, TRIED_DOMAIN]),
];

type Masked = { readonly column: SourceColumn; readonly strategy: Strategy; readonly sql: string };
type Masks = ReadonlyMap<string, Masked>;
/** One CHECK: of a domain (and whatever else the cast to the column's type asks), or of the table. */
type Asked = { readonly column: Masked; readonly check: SourceCheck | undefined };

/**
 * Tries masks on up to 20,000 rows of each table where a CHECK of the table or a domain speaks of a masked column, and
 * tells of those that do not hold, before anything is made. In a read-only session of the source, inside a transaction;
 * no value leaves it. A CHECK by functions of the team's own, or over computed columns, is left to the rows.
 */
export async function tryChecks(session: Connection, plan: MaskPlan): Promise<readonly PlanProblem[]> {
  const problems = new Map<string, PlanProblem>();
  for (const table of plan.tables.values()) {
    if (table.rows !== 'copy') continue;
    const masks = masksOf(table);
    for (const asked of [...domainsAsked(masks), ...checksAsked(table, masks)]) {
      const told = `${table.table.partitionOf ?? table.key} ${asked.column.column.name} ${asked.check?.expression ?? ''}`;
      if (problems.has(told)) continue;
      const broken = await brokenRows(session, table, masks, asked);
      if (broken !== undefined) problems.set(told, await problemOf(session, table, masks, asked, broken));
    }
  }
  return [...problems.values()];
}

function masksOf({ table, columns }: TablePlan): Masks {
  return new Map(
    columns.flatMap(({ name, mask }) => {
      const column = table.columns.find((one) => one.name === name);
      if (column === undefined || mask.kind !== 'masked') return [];
      return [[name, { column, strategy: mask.strategy, sql: mask.sql }] as const];
    }),
  );
}

function domainsAsked(masks: Masks): readonly Asked[] {
  return [...masks.values()]
    .filter(({ column }) => hasDomain(column.type))
    .map((column) => ({ column, check: undefined }));
}

function hasDomain({ domain, element, fields = [] }: SourceType): boolean {
  if (domain !== undefined && (domain.checks.length > 0 || domain.notNull)) return true;
  return (element !== undefined && hasDomain(element)) || fields.some(({ type }) => hasDomain(type));
}

function checksAsked({ table }: TablePlan, masks: Masks): readonly Asked[] {
  const computed = new Set(table.columns.flatMap(({ name, generated }) => (generated ? [name] : [])));
  return table.checks
    .filter(({ expression, columns }) => isBuiltIn(expression) && !columns.some((name) => computed.has(name)))
    .flatMap((check) => {
      const column = check.columns.flatMap((name) => masks.get(name) ?? [])[0];
      return column === undefined ? [] : [{ column, check }];
    });
}

/** With an empty search_path the server writes the schema of every function that is not its own. */
function isBuiltIn(expression: string): boolean {
  return !/["\w]\s*\.\s*["\w][^\s(]*\(/.test(expression.replaceAll(/'(?:[^']|'')*'/g, "''"));
}

/** How many rows break it, of how many; undefined when none does. */
type Broken = { readonly count: number | undefined };

async function brokenRows(
  session: Connection,
  table: TablePlan,
  masks: Masks,
  { column, check }: Asked,
): Promise<Broken | undefined> {
  if (check === undefined) {
    const result = await asked(
      session,
      `SELECT pg_catalog.count(*) AS n FROM (${sampled(table, [`(${column.sql}) AS m`])}) AS q WHERE pg_catalog.num_nulls(m) = 0`,
    );
    return result === 'refused' ? { count: undefined } : undefined;
  }
  const breaking = (values: Masks): string => {
    const columns = check.columns.map(
      (name) => `(${values.get(name)?.sql ?? identifier(name)}) AS ${identifier(name)}`,
    );
    return `SELECT pg_catalog.count(*) AS n FROM (${sampled(table, columns)}) AS q WHERE NOT (${check.expression})`;
  };
  const count = await asked(session, breaking(masks));
  if (count === 0 || count === 'refused' || count === 'unknown') return undefined;
  // One that rows break as they are is NOT VALID, and stays so.
  return (await asked(session, breaking(new Map()))) === 0 ? { count } : undefined;
}

/** OFFSET 0 keeps each mask from being computed once for every place that reads it. */
function sampled({ table, subset }: TablePlan, columns: readonly string[]): string {
  const rows = `SELECT * FROM ONLY ${qualified(table.schema, table.name)}${subset === undefined ? '' : ` WHERE (${subset})`} LIMIT ${TRIED_ROWS}`;
  return `SELECT ${columns.join(', ')} FROM (${rows}) AS rows OFFSET 0`;
}

/** check_violation and not_null_violation of a domain; a text that does not fit its type. */
const NOT_HELD = /^(23514|23502|22)/;

/** The server's words may repeat a value, and are not told. */
async function asked(session: Connection, sql: string): Promise<number | 'refused' | 'unknown'> {
  await session.query('SAVEPOINT pullgres_try');
  try {
    return Number((await session.query(sql)).rows[0]?.n);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    await session.query('ROLLBACK TO SAVEPOINT pullgres_try');
    return NOT_HELD.test(error.code) ? 'refused' : 'unknown';
  } finally {
    await session.query('RELEASE SAVEPOINT pullgres_try').catch(() => undefined);
  }
}

async function problemOf(
  session: Connection,
  table: TablePlan,
  masks: Masks,
  failed: Asked,
  { count }: Broken,
): Promise<PlanProblem> {
  const { column, strategy } = failed.column;
  const what =
    failed.check === undefined ? `the type ${column.type.sql} does` : `CHECK ${failed.check.name} does`;
  const fitting = await fittingStrategies(session, table, masks, failed);
  const others = `${column.notNull ? '' : '"null", '}an {sql: …} that keeps it, or clear with an entry under allow`;
  return {
    where: placeText({ table: table.table, column }),
    what: `${ruleText(strategy)}: ${what} not hold for ${count === undefined ? 'a sample of' : `${count} of a sample of up to ${TRIED_ROWS}`} masked rows`,
    remedy:
      fitting.length > 0
        ? `What holds for them: ${fitting.map(ruleText).join(', ')}.`
        : `No strategy by name holds for them: write ${others}.`,
  };
}

/** Strategies under which the CHECK holds for the sample. */
async function fittingStrategies(
  session: Connection,
  table: TablePlan,
  masks: Masks,
  failed: Asked,
): Promise<readonly Strategy[]> {
  const found: Strategy[] = [];
  const { column } = failed.column;
  for (const { strategy, compiled } of alternatives(table.table, column)) {
    const tried = { column, strategy, sql: compiled.sql };
    const all = new Map([...masks, [column.name, tried]]);
    const one = { ...failed, column: tried };
    if ((await brokenRows(session, table, all, one)) === undefined) found.push(strategy);
  }
  return found;
}
