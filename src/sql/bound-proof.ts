import type { Node, PartitionBoundSpec } from '@pgsql/types';
import type { Relation } from './catalog.ts';
import { parseExpression } from './expression.ts';
import { type KeyCondition, keyCondition, OPPOSITE, type Operator } from './key-condition.ts';
import { compareValues, type KeyValue, keyValue } from './key-value.ts';
import { strings } from './names.ts';

/** What a condition says of one column. */
type Fact =
  | { readonly kind: 'not null' }
  | Comparison
  | { readonly kind: 'one of'; readonly values: readonly KeyValue[] };
type Comparison = { readonly kind: 'compare'; readonly operator: Operator; readonly value: KeyValue };

/** The limits of a bound that is one column's: a range, or a list of values. */
type Limits = {
  readonly facts: readonly Fact[];
  /** Whether the bound leaves null out. */
  readonly needsNotNull: boolean;
};

/**
 * Whether a table's validated CHECKs and NOT NULLs say of every row what the bound asks (predicate_implied_by), so that
 * the server need not look. Bounds of one column only, with constants that can be compared without a server; Postgres
 * proves more than this.
 */
export function factsImply(
  table: Relation,
  key: readonly string[],
  bound: PartitionBoundSpec | undefined,
): boolean {
  const limits = limitsOf(table, key, bound);
  if (limits === undefined) return false;
  const known = factsOf(table, key[0] ?? '');
  const isNotNull = known.some(({ kind }) => kind === 'not null');
  return (
    (isNotNull || !limits.needsNotNull) &&
    limits.facts.every((wanted) => known.some((fact) => implies(fact, wanted)))
  );
}

/** Whether they say of every row that it is outside the bound: a default partition then holds none that belongs there. */
export function factsExclude(
  table: Relation,
  key: readonly string[],
  bound: PartitionBoundSpec | undefined,
): boolean {
  const limits = limitsOf(table, key, bound);
  if (!limits?.needsNotNull) return false;
  const known = factsOf(table, key[0] ?? '');
  if (!known.some(({ kind }) => kind === 'not null')) return false;
  return limits.facts.some((wanted) => known.some((fact) => refutes(fact, wanted, known)));
}

function limitsOf(
  table: Relation,
  key: readonly string[],
  bound: PartitionBoundSpec | undefined,
): Limits | undefined {
  const [column] = key;
  if (bound === undefined || bound.is_default || column === undefined || key.length > 1) return undefined;
  const constantOf = (node: Node): KeyValue | undefined => keyValue(node, typeOf(table, column), undefined);
  if (bound.strategy === 'l') return listLimits((bound.listdatums ?? []).map(constantOf));
  if (bound.strategy !== 'r') return undefined;
  const [lower] = bound.lowerdatums ?? [];
  const [upper] = bound.upperdatums ?? [];
  const facts = [...limit('>=', lower, constantOf), ...limit('<', upper, constantOf)];
  return facts.every((fact) => fact !== undefined) ? { facts, needsNotNull: true } : undefined;
}

function listLimits(values: readonly (KeyValue | undefined)[]): Limits | undefined {
  if (!values.every((value) => value !== undefined)) return undefined;
  const filled = values.filter(({ kind }) => kind !== 'null');
  return { facts: [{ kind: 'one of', values: filled }], needsNotNull: filled.length === values.length };
}

/** MINVALUE and MAXVALUE come as column names, and limit nothing. */
function limit(
  operator: Operator,
  node: Node | undefined,
  constantOf: (node: Node) => KeyValue | undefined,
): readonly (Comparison | undefined)[] {
  if (node === undefined) return [undefined];
  if ('ColumnRef' in node) return [];
  const value = constantOf(node);
  return [value === undefined ? undefined : { kind: 'compare', operator, value }];
}

function typeOf({ columns }: Relation, column: string): string {
  return columns.find(({ name }) => name === column)?.type ?? '';
}

function factsOf(table: Relation, column: string): readonly Fact[] {
  const isNotNull = table.columns.some(({ name, notNull }) => name === column && notNull);
  const checks = table.constraints.filter(({ kind, validated }) => kind === 'check' && validated);
  const type = typeOf(table, column);
  const said = checks.flatMap(({ expression }) =>
    expression === undefined
      ? []
      : factsIn(keyCondition(parseExpression(expression), columnOf), column, type),
  );
  return isNotNull ? [{ kind: 'not null' }, ...said] : said;
}

/** A column, also behind a cast: the server prints `(kind)::text = 'a'::text` for a varchar. */
function columnOf(node: Node | undefined): string | undefined {
  if (node !== undefined && 'TypeCast' in node) return columnOf(node.TypeCast.arg);
  return node !== undefined && 'ColumnRef' in node ? strings(node.ColumnRef.fields).at(-1) : undefined;
}

/** What the parts that AND joins say of the column; a choice between values of it is one fact. */
function factsIn(condition: KeyCondition, column: string, type: string): readonly Fact[] {
  if (condition.kind === 'and') return condition.parts.flatMap((part) => factsIn(part, column, type));
  if (condition.kind === 'or') return choice(condition.parts.map((part) => factsIn(part, column, type)));
  if (condition.kind === 'not null') return condition.column === column ? [{ kind: 'not null' }] : [];
  if (condition.kind !== 'compare' || condition.column !== column) return [];
  const value = keyValue(condition.value, type, undefined);
  return value === undefined || value.kind === 'null'
    ? []
    : [{ kind: 'compare', operator: condition.operator, value }];
}

function choice(arms: readonly (readonly Fact[])[]): readonly Fact[] {
  const values = arms.flatMap(([fact, ...more]) =>
    fact?.kind === 'compare' && fact.operator === '=' && more.length === 0 ? [fact.value] : [],
  );
  return values.length === arms.length ? [{ kind: 'one of', values }] : [];
}

/** Whether a row that compares so with a must compare so with b. */
function impliesComparison(said: Comparison, wanted: Comparison): boolean {
  const stands = compareValues(said.value, wanted.value);
  if (stands === undefined) return false;
  if (said.operator === '=') return isTrueOf(stands, wanted.operator);
  if (stands === 'different') return false;
  if (said.operator === '<>') return wanted.operator === '<>' && stands === 0;
  const isUp = said.operator.startsWith('>');
  const isStrict = said.operator.length === 1;
  // How far the known limit lies on the far side of the wanted one.
  const beyond = isUp ? stands : -stands;
  if (wanted.operator === '<>') return beyond > 0 || (beyond === 0 && isStrict);
  if (wanted.operator === '=' || wanted.operator.startsWith('>') !== isUp) return false;
  return beyond > 0 || (beyond === 0 && (isStrict || wanted.operator.length === 2));
}

/** Whether `a operator b` holds, from how a stands to b. */
function isTrueOf(stands: -1 | 0 | 1 | 'different', operator: Operator): boolean {
  if (stands === 0) return operator.includes('=');
  if (operator === '<>') return true;
  return stands !== 'different' && operator.startsWith(stands < 0 ? '<' : '>');
}

function implies(fact: Fact, wanted: Fact): boolean {
  if (wanted.kind === 'not null' || fact.kind === 'not null') return wanted.kind === fact.kind;
  const values = fact.kind === 'one of' ? fact.values : fact.operator === '=' ? [fact.value] : undefined;
  if (wanted.kind === 'one of')
    return (
      values?.every((value) => wanted.values.some((found) => compareValues(value, found) === 0)) === true
    );
  if (values !== undefined)
    return values.every((value) => impliesComparison({ kind: 'compare', operator: '=', value }, wanted));
  return fact.kind === 'compare' && impliesComparison(fact, wanted);
}

function refutes(fact: Fact, wanted: Fact, known: readonly Fact[]): boolean {
  if (wanted.kind === 'compare') return implies(fact, { ...wanted, operator: OPPOSITE[wanted.operator] });
  if (wanted.kind !== 'one of') return false;
  return wanted.values.every((value) =>
    known.some((other) => implies(other, { kind: 'compare', operator: '<>', value })),
  );
}
