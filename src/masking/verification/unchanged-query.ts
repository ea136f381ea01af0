import { identifierText } from '../../sql/identifier.ts';
import type { MaskPlan, TablePlan } from '../mask-plan.ts';
import type { SourceType } from '../source.ts';
import type { Strategy } from '../strategy.ts';
import { leavesOf } from './leaves.ts';

/**
 * How many values a mask may leave as they are. `few`: as many as chance does. `most`: a small number, a short move or a
 * person's own expression often changes nothing by right, so that only a mask that does nothing at all can be told.
 */
export type Strictness = 'few' | 'most';

/** A masked column, or a path of its documents, with a query of how many of its values the mask leaves as they are. */
export type UnchangedQuery = {
  readonly where: string;
  readonly strictness: Strictness;
  /**
   * Gives `short`, `short_same`, `long`, `long_same`, `shown`: different values of fewer than six characters, and longer
   * ones; and the longer ones of which an expression leaves the whole or a piece to be read.
   */
  readonly sql: string;
  /** What to do where the mask does nothing: a sentence with a space before it. */
  readonly remedy?: string | undefined;
};

const EXPRESSION_REMEDY =
  ' Where they may be seen, say so: write clear for the column, or give it an entry under allow.';

const MOST: readonly Strategy['as'][] = ['shift', 'noise', 'enum', 'url', 'ip', 'mac', 'sql', 'derive'];
/** A constant is a person's own word. */
const UNASKED: readonly Strategy['as'][] = ['clear', 'null', 'empty', 'set'];
/** A person's own words, of which the summary tells how much they leave to be read. */
const EXPRESSIONS: readonly Strategy['as'][] = ['sql', 'derive'];

/** Rows that are looked at; a mask that fails once in a hundred rows fails here two hundred times. */
const ROWS = 20_000;

/** One query for each masked column, and for each masked path of its documents. */
export function unchangedQueries(plan: MaskPlan): readonly UnchangedQuery[] {
  return [...plan.tables.values()].flatMap((table) => (table.rows === 'empty' ? [] : ofTable(table)));
}

function ofTable(plan: TablePlan): readonly UnchangedQuery[] {
  const types = new Map(plan.table.columns.map(({ name, type }) => [name, type]));
  return plan.columns.flatMap(({ name, mask }) => {
    const type = types.get(name);
    if (mask.kind !== 'masked' || type === undefined) return [];
    const where = `${plan.table.schema}.${plan.table.name}.${name}`;
    if (mask.allowed !== undefined && isExpression(mask.strategy)) return [];
    // Words of a text that is clear are the same after the mask by right.
    if (mask.strategy.as === 'derive' && type.category === 'tsvector') return [];
    const column = { plan, name, type, sql: mask.sql, told: isExpression(mask.strategy) };
    if (mask.strategy.as === 'json') return ofPaths(mask.strategy, where, column);
    const strictness = strictnessOf(mask.strategy);
    if (strictness === undefined) return [];
    const remedy = column.told ? EXPRESSION_REMEDY : undefined;
    return [{ where, strictness, remedy, sql: query(column, (value) => valuesOf(value, type)) }];
  });
}

type Column = {
  readonly plan: TablePlan;
  readonly name: string;
  readonly type: SourceType;
  readonly sql: string;
  /** Whether it is asked how much can be read after the mask. */
  readonly told: boolean;
};
type JsonStrategy = Extract<Strategy, { as: 'json' }>;

/** Paths below which nothing stays by another path's word. */
function ofPaths(strategy: JsonStrategy, where: string, column: Column): readonly UnchangedQuery[] {
  return strategy.paths.flatMap(({ path, strategy: own }) => {
    const strictness = strictnessOf(own);
    const below = strategy.paths.filter(({ path: other }) => isBelow(other, path));
    if (strictness === undefined || below.some((other) => strictnessOf(other.strategy) === undefined))
      return [];
    const place = `${where} $.${path.join('.')}`;
    const asked = { ...column, told: isExpression(own) };
    return [{ where: place, strictness, sql: query(asked, (value) => stringsAt(value, path)) }];
  });
}

function isBelow(other: readonly string[], path: readonly string[]): boolean {
  return (
    other.length >= path.length &&
    other !== path &&
    path.every((member, at) => member === '*' || other[at] === '*' || other[at] === member)
  );
}

/** Whether the mask is a person's own expression, in whole or for each element. */
export function isExpression(strategy: Strategy): boolean {
  return strategy.as === 'elements' ? isExpression(strategy.each) : EXPRESSIONS.includes(strategy.as);
}

/** Undefined where a value may stay by right, in whole or in part. */
function strictnessOf(strategy: Strategy): Strictness | undefined {
  if (UNASKED.includes(strategy.as)) return undefined;
  if (strategy.as === 'elements') return strictnessOf(strategy.each);
  if (strategy.as === 'json') {
    const parts = strategy.paths.map((each) => strictnessOf(each.strategy));
    return strategy.otherwise === 'clear' || parts.includes(undefined) ? undefined : 'most';
  }
  return MOST.includes(strategy.as) ? 'most' : 'few';
}

const CONTAINERS: readonly SourceType['category'][] = ['array', 'composite', 'hstore', 'json'];

/** Of containers strings alone: the numbers of a composite are not masked. */
function valuesOf(value: string, type: SourceType): string {
  return CONTAINERS.includes(type.category)
    ? stringsAt(`pg_catalog.to_jsonb(${value})`, [])
    : leavesOf(value, type);
}

function stringsAt(value: string, path: readonly string[]): string {
  const steps = path.map((member) => (member === '*' ? '.*' : `.${JSON.stringify(member)}`)).join('');
  const found = (way: string): string =>
    `SELECT pullgres_j OPERATOR(pg_catalog.#>>) '{}' FROM pg_catalog.jsonb_path_query((${value})::pg_catalog.jsonb, '${`lax $${way}.** ? (@.type() == "string")`.replaceAll("'", "''")}', '{}', true) AS pullgres_q(pullgres_j)`;
  const lists = path.at(-1) === '*' ? [steps.replace(/\.\*$/, '[*]')] : [];
  return [steps, ...lists].map(found).join(' UNION ALL ');
}

/** Without the characters that a number or a name may be written with. */
function folded(value: string): string {
  return `pg_catalog.lower(pg_catalog.translate(${value}, ' -().+/', ''))`;
}

/** Whether the value, forwards or backwards, or a long piece of it stands in what the mask made. */
function isShown(value: string, made: string): string {
  const [v, w] = [folded(value), folded(made)];
  return `pg_catalog.strpos(${w}, ${v}) > 0 OR pg_catalog.strpos(pg_catalog.reverse(${w}), ${v}) > 0 OR pg_catalog.length(${w}) >= 6 AND pg_catalog.strpos(${v}, ${w}) > 0`;
}

function query({ plan, name, sql, told }: Column, valuesIn: (value: string) => string): string {
  const own = identifierText(name);
  const relation = `ONLY ${identifierText(plan.table.schema)}.${identifierText(plan.table.name)}`;
  const kept = plan.kept === undefined ? '' : ` AND (${plan.kept}) IS NOT TRUE`;
  const made = (condition: string): string =>
    `EXISTS (SELECT FROM (${valuesIn('pullgres_b')}) AS pullgres_m(w) WHERE ${condition})`;
  const shown = told ? made(isShown('v', 'w')) : 'false';
  return `SELECT pg_catalog.count(*) FILTER (WHERE NOT l) AS short, pg_catalog.count(*) FILTER (WHERE NOT l AND s) AS short_same,
      pg_catalog.count(*) FILTER (WHERE l) AS long, pg_catalog.count(*) FILTER (WHERE l AND s) AS long_same,
      pg_catalog.count(*) FILTER (WHERE l AND h) AS shown
    FROM (SELECT pg_catalog.length(v) >= 6 AS l, pg_catalog.bool_or(s) AS s, pg_catalog.bool_or(h) AS h FROM (
      SELECT v, ${made(`${folded('w')} = ${folded('v')}`)} AS s, ${shown} AS h
      FROM (SELECT ${own} AS pullgres_a, (${sql}) AS pullgres_b FROM ${relation}${sampled(plan)} WHERE ${own} IS NOT NULL${kept}) AS pullgres_r
      CROSS JOIN LATERAL (${valuesIn('pullgres_a')}) AS pullgres_s(v)
      WHERE v ~ '[[:alnum:]]' AND pg_catalog.octet_length(v) < 10000) AS pullgres_t GROUP BY v) AS pullgres_u`;
}

function sampled({ table }: TablePlan): string {
  if (table.rows === undefined || table.rows <= ROWS) return '';
  return ` TABLESAMPLE SYSTEM (${Math.max(0.001, Number(((100 * ROWS) / table.rows).toPrecision(4)))})`;
}

/** How many different values a mask left as they are. */
export type Unchanged = {
  readonly short: number;
  readonly shortSame: number;
  readonly long: number;
  readonly longSame: number;
  /** Longer ones that an expression leaves to be read, in whole or in part. */
  readonly shown: number;
};

/** Below this number a mask that does nothing cannot be told from one that has little to do. */
const ENOUGH = 20;

/**
 * Whether so many are more than chance leaves. Of a permutation one value stays on average, whatever their number; a
 * mask of the same shape leaves one of each shape, which are few for short values.
 */
export function isTooMany({ short, shortSame, long, longSame }: Unchanged, strictness: Strictness): boolean {
  if (strictness === 'most') {
    const all = short + long;
    return all >= ENOUGH && shortSame + longSame >= 0.9 * all;
  }
  return shortSame > 3 + 0.02 * short || longSame > 1 + 0.002 * long || (long === 1 && longSame === 1);
}
