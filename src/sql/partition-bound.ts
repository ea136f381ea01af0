import type { Node, PartitionBoundSpec } from '@pgsql/types';
import { factsExclude, factsImply } from './bound-proof.ts';
import type { Relation } from './catalog.ts';
import { expressionText, parseExpression, provesNotNull } from './expression.ts';
import { identifierText } from './identifier.ts';
import { conjuncts } from './predicate.ts';

/** A bound as ATTACH PARTITION writes it; undefined when it holds an expression that is not printed. */
export function boundText(bound: PartitionBoundSpec): string | undefined {
  if (bound.is_default) return 'DEFAULT';
  if (bound.strategy === 'h')
    return `FOR VALUES WITH (MODULUS ${bound.modulus ?? 0}, REMAINDER ${bound.remainder ?? 0})`;
  const [list, lower, upper] = [bound.listdatums, bound.lowerdatums, bound.upperdatums].map(valuesOf);
  if (bound.strategy === 'l') return list && `FOR VALUES IN (${list.join(', ')})`;
  return lower && upper && `FOR VALUES FROM (${lower.join(', ')}) TO (${upper.join(', ')})`;
}

/**
 * What every row of a partition must meet, as conditions that a CHECK can repeat: in the form that the server proves
 * to be enough (get_qual_for_range and get_qual_for_list in partbounds.c). Undefined for a DEFAULT or hash partition,
 * and for a key that is not known.
 */
export function boundConditions(
  parent: Relation | undefined,
  bound: PartitionBoundSpec | undefined,
): readonly string[] | undefined {
  const keys = keysOf(parent);
  if (keys === undefined || bound === undefined || bound.is_default) return undefined;
  if (bound.strategy === 'l') return listConditions(keys[0] ?? '', valuesOf(bound.listdatums));
  return bound.strategy === 'r' ? rangeConditions(keys, bound) : undefined;
}

/** The CHECK by which a default partition is known to hold no row of the bound; the server wants the NOT NULL too. Undefined as above, and for a key of several columns. */
export function outsideConditions(
  parent: Relation | undefined,
  bound: PartitionBoundSpec | undefined,
): readonly string[] | undefined {
  const [key, ...more] = keysOf(parent) ?? [];
  if (key === undefined || more.length > 0 || bound === undefined || bound.is_default) return undefined;
  if (bound.strategy === 'l') {
    const values = valuesOf(bound.listdatums)?.filter((value) => value !== 'NULL');
    if (values === undefined || values.length === 0) return undefined;
    const isOut = values.length === 1 ? `${key} <> ${values[0]}` : `${key} NOT IN (${values.join(', ')})`;
    return [`${key} IS NOT NULL`, isOut];
  }
  const [lower] = valuesOf(bound.lowerdatums) ?? [];
  const [upper] = valuesOf(bound.upperdatums) ?? [];
  if (bound.strategy !== 'r' || lower === undefined || upper === undefined) return undefined;
  const sides = [
    ...(isInfinite(lower) ? [] : [`${key} < ${lower}`]),
    ...(isInfinite(upper) ? [] : [`${key} >= ${upper}`]),
  ];
  if (sides.length === 0) return undefined;
  return [`${key} IS NOT NULL`, sides.length === 1 ? String(sides[0]) : `(${sides.join(' OR ')})`];
}

/** Whether a table's validated CHECKs and NOT NULLs say of every row what the bound asks. Postgres proves a little more than this (predicate_implied_by). */
export function impliesBound(
  table: Relation,
  parent: Relation | undefined,
  bound: PartitionBoundSpec | undefined,
): boolean {
  return (
    implies(table, boundConditions(parent, bound)) || factsImply(table, parent?.partitionKey ?? [], bound)
  );
}

/** Whether a default partition's CHECKs and NOT NULLs say that no row of it is in the bound. */
export function excludesBound(
  table: Relation,
  parent: Relation | undefined,
  bound: PartitionBoundSpec | undefined,
): boolean {
  return (
    implies(table, outsideConditions(parent, bound)) || factsExclude(table, parent?.partitionKey ?? [], bound)
  );
}

function implies(table: Relation, conditions: readonly string[] | undefined): boolean {
  if (conditions === undefined) return false;
  const checks = table.constraints.filter(
    ({ kind, validated, enforced }) => kind === 'check' && validated && enforced !== false,
  );
  const expressions = checks.flatMap(({ expression }) => expression ?? []);
  const said = new Set(expressions.flatMap(conjuncts));
  return conditions.every((condition) => {
    const wanted = conjuncts(condition);
    const column = notNullColumn(condition);
    const isFilled = table.columns.some(({ name, notNull }) => name === column && notNull);
    return (
      isFilled ||
      wanted.every((one) => said.has(one)) ||
      (column !== undefined && expressions.some((expression) => provesNotNull(expression, column)))
    );
  });
}

function notNullColumn(condition: string): string | undefined {
  const node = parseExpression(condition);
  if (node === undefined || !('NullTest' in node) || node.NullTest.nulltesttype !== 'IS_NOT_NULL')
    return undefined;
  const { arg } = node.NullTest;
  const field = arg && 'ColumnRef' in arg ? arg.ColumnRef.fields?.[0] : undefined;
  return field && 'String' in field ? field.String.sval : undefined;
}

/** The key as SQL: columns quoted where they must be, expressions between parentheses. */
function keysOf(parent: Relation | undefined): readonly string[] | undefined {
  const keys = parent?.partitionKey?.map((key) => {
    if (parent.columns.some(({ name }) => name === key)) return identifierText(key);
    return parseExpression(key) === undefined ? undefined : `(${key})`;
  });
  return keys?.every((key) => key !== undefined) ? keys : undefined;
}

function valuesOf(nodes: readonly Node[] | undefined): readonly string[] | undefined {
  const texts = (nodes ?? []).map(valueText);
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** MINVALUE and MAXVALUE come as column names (gram.y, PartitionBoundSpec). */
function valueText(node: Node): string | undefined {
  const text = expressionText(node);
  return text === 'minvalue' || text === 'maxvalue' ? text.toUpperCase() : text;
}

function isInfinite(value: string | undefined): boolean {
  return value === 'MINVALUE' || value === 'MAXVALUE';
}

function listConditions(key: string, values: readonly string[] | undefined): readonly string[] | undefined {
  if (values === undefined || values.length === 0) return undefined;
  const filled = values.filter((value) => value !== 'NULL');
  const isIn = filled.length === 1 ? `${key} = ${filled[0]}` : `${key} IN (${filled.join(', ')})`;
  if (filled.length === values.length) return [`${key} IS NOT NULL`, isIn];
  return filled.length === 0 ? [`${key} IS NULL`] : [`(${key} IS NULL OR ${isIn})`];
}

function rangeConditions(keys: readonly string[], bound: PartitionBoundSpec): readonly string[] | undefined {
  const [lower, upper] = [valuesOf(bound.lowerdatums), valuesOf(bound.upperdatums)];
  if (lower?.length !== keys.length || upper?.length !== keys.length) return undefined;
  const different = keys.findIndex((_, at) => lower[at] !== upper[at] || isInfinite(lower[at]));
  const from = different < 0 ? keys.length : different;
  const rest = keys.slice(from);
  return [
    ...keys.map((key) => `${key} IS NOT NULL`),
    ...keys.slice(0, from).map((key, at) => `${key} = ${lower[at]}`),
    ...limit(rest, lower.slice(from), LOWER),
    ...limit(rest, upper.slice(from), UPPER),
  ];
}

type Side = {
  readonly strict: string;
  readonly last: string;
  readonly before: Readonly<Record<string, string>>;
};
const LOWER: Side = { strict: '>', last: '>=', before: { MINVALUE: '>=', MAXVALUE: '>' } };
const UPPER: Side = { strict: '<', last: '<', before: { MINVALUE: '<', MAXVALUE: '<=' } };

/** Columns compare from left to right: (a > 1 OR (a = 1 AND b >= 2)); after MINVALUE or MAXVALUE nothing counts any more. */
function limit(keys: readonly string[], values: readonly string[], side: Side): readonly string[] {
  const arms: string[] = [];
  for (const [at, key] of keys.entries()) {
    if (isInfinite(values[at])) break;
    const next = values[at + 1];
    const operator = next === undefined ? side.last : (side.before[next] ?? side.strict);
    const equal = keys.slice(0, at).map((before, index) => `${before} = ${values[index]}`);
    const arm = [...equal, `${key} ${operator} ${values[at]}`];
    arms.push(arm.length === 1 ? String(arm[0]) : `(${arm.join(' AND ')})`);
  }
  if (arms.length === 0) return [];
  return [arms.length === 1 ? String(arms[0]) : `(${arms.join(' OR ')})`];
}
