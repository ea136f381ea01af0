import type { A_Const, Node, PartitionBoundSpec } from '@pgsql/types';
import type { Relation } from './catalog.ts';
import { parseExpression } from './expression.ts';
import { strings } from './names.ts';

/** What a condition says of one column. */
type Fact =
  | { readonly kind: 'not null' }
  | { readonly kind: 'compare'; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'one of'; readonly values: readonly Value[] };
type Operator = '<' | '<=' | '=' | '>=' | '>' | '<>';
type Value = number | string;

const OPERATORS: ReadonlySet<string> = new Set(['<', '<=', '=', '>=', '>', '<>']);
const FLIPPED: Readonly<Record<Operator, Operator>> = {
  '<': '>',
  '<=': '>=',
  '=': '=',
  '>=': '<=',
  '>': '<',
  '<>': '<>',
};

/** The limits of a bound that is one column's: a range, or a list of values. */
type Limits = {
  readonly column: string;
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
  const limits = limitsOf(key, bound);
  if (limits === undefined) return false;
  const known = factsOf(table, limits.column);
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
  const limits = limitsOf(key, bound);
  if (limits === undefined || !limits.needsNotNull) return false;
  const known = factsOf(table, limits.column);
  if (!known.some(({ kind }) => kind === 'not null')) return false;
  return limits.facts.some((wanted) => known.some((fact) => refutes(fact, wanted, known)));
}

function limitsOf(key: readonly string[], bound: PartitionBoundSpec | undefined): Limits | undefined {
  const [column] = key;
  if (bound === undefined || bound.is_default || column === undefined || key.length > 1) return undefined;
  if (bound.strategy === 'l') return listLimits(column, bound.listdatums ?? []);
  if (bound.strategy !== 'r') return undefined;
  const [lower] = bound.lowerdatums ?? [];
  const [upper] = bound.upperdatums ?? [];
  const facts = [...limit('>=', lower), ...limit('<', upper)];
  return facts.includes(undefined) ? undefined : { column, facts: facts as Fact[], needsNotNull: true };
}

function listLimits(column: string, datums: readonly Node[]): Limits | undefined {
  const isNull = (node: Node): boolean => 'A_Const' in node && node.A_Const.isnull === true;
  const values = datums.filter((node) => !isNull(node)).map(constantOf);
  if (values.includes(undefined)) return undefined;
  return {
    column,
    facts: [{ kind: 'one of', values: values as Value[] }],
    needsNotNull: !datums.some(isNull),
  };
}

/** MINVALUE and MAXVALUE come as column names, and limit nothing. */
function limit(operator: Operator, node: Node | undefined): readonly (Fact | undefined)[] {
  if (node === undefined) return [undefined];
  if ('ColumnRef' in node) return [];
  const value = constantOf(node);
  return [value === undefined ? undefined : { kind: 'compare', operator, value }];
}

function factsOf(table: Relation, column: string): readonly Fact[] {
  const isNotNull = table.columns.some(({ name, notNull }) => name === column && notNull);
  const checks = table.constraints.filter(({ kind, validated }) => kind === 'check' && validated);
  const said = checks.flatMap(({ expression }) =>
    expression === undefined ? [] : conjuncts(parseExpression(expression), column),
  );
  return isNotNull ? [{ kind: 'not null' }, ...said] : said;
}

/** What the parts that AND joins say of the column. */
function conjuncts(node: Node | undefined, column: string): readonly Fact[] {
  if (node === undefined) return [];
  if ('BoolExpr' in node)
    return node.BoolExpr.boolop === 'AND_EXPR'
      ? (node.BoolExpr.args ?? []).flatMap((part) => conjuncts(part, column))
      : [];
  if ('NullTest' in node) {
    const { arg, nulltesttype } = node.NullTest;
    return nulltesttype === 'IS_NOT_NULL' && isColumn(arg, column) ? [{ kind: 'not null' }] : [];
  }
  return 'A_Expr' in node ? comparison(node.A_Expr, column) : [];
}

function comparison(
  { kind, name, lexpr, rexpr }: Extract<Node, { A_Expr: unknown }>['A_Expr'],
  column: string,
): readonly Fact[] {
  const operator = strings(name).at(-1) as Operator;
  if (kind === 'AEXPR_IN' && operator === '=' && isColumn(lexpr, column) && rexpr && 'List' in rexpr)
    return oneOf(rexpr.List.items ?? []);
  // `= ANY (ARRAY[…])` is how the server prints IN.
  if (kind === 'AEXPR_OP_ANY' && operator === '=' && isColumn(lexpr, column))
    return rexpr && 'A_ArrayExpr' in rexpr ? oneOf(rexpr.A_ArrayExpr.elements ?? []) : [];
  if (kind !== 'AEXPR_OP' || !OPERATORS.has(operator)) return [];
  const [other, written] = isColumn(lexpr, column) ? [rexpr, operator] : [lexpr, FLIPPED[operator]];
  const value = isColumn(lexpr, column) || isColumn(rexpr, column) ? constantOf(other) : undefined;
  return value === undefined ? [] : [{ kind: 'compare', operator: written, value }];
}

function oneOf(nodes: readonly Node[]): readonly Fact[] {
  const values = nodes.map(constantOf);
  return values.includes(undefined) ? [] : [{ kind: 'one of', values: values as Value[] }];
}

function isColumn(node: Node | undefined, column: string): boolean {
  if (node !== undefined && 'TypeCast' in node) return isColumn(node.TypeCast.arg, column);
  return node !== undefined && 'ColumnRef' in node && strings(node.ColumnRef.fields).at(-1) === column;
}

/** A number or a text; casts are looked through, since both sides are of the column's type. */
function constantOf(node: Node | undefined): Value | undefined {
  if (node === undefined) return undefined;
  if ('TypeCast' in node) return constantOf(node.TypeCast.arg);
  if ('A_Expr' in node && node.A_Expr.kind === 'AEXPR_OP' && node.A_Expr.lexpr === undefined) {
    const value = strings(node.A_Expr.name)[0] === '-' ? constantOf(node.A_Expr.rexpr) : undefined;
    return typeof value === 'number' ? -value : undefined;
  }
  return 'A_Const' in node ? literal(node.A_Const) : undefined;
}

function literal(value: A_Const): Value | undefined {
  if (value.isnull) return undefined;
  if (value.ival) return value.ival.ival ?? 0;
  if (value.fval) return Number(value.fval.fval);
  const text = value.sval?.sval;
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

const ISO_TIME = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?$/;

/** Negative, zero or positive as in a sort; undefined where only the server knows. */
function order(a: Value, b: Value): number | undefined {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'string' || typeof b !== 'string' || !ISO_TIME.test(a) || !ISO_TIME.test(b))
    return undefined;
  return a < b ? -1 : 1;
}

/** For each operator whether a row that compares so with `a` must satisfy `wanted b`, from how a stands to b. */
function impliesComparison(operator: Operator, a: Value, wanted: Operator, b: Value): boolean {
  const stands = order(a, b);
  if (stands === undefined) return false;
  if (operator === '=') return holdsFor(stands, wanted);
  if (operator === '<>') return wanted === '<>' && stands === 0;
  const isUp = operator === '>' || operator === '>=';
  const isWantedUp = wanted === '>' || wanted === '>=';
  if (wanted === '=' || wanted === '<>')
    return (
      wanted === '<>' &&
      (isUp
        ? stands > 0 || (stands === 0 && operator === '>')
        : stands < 0 || (stands === 0 && operator === '<'))
    );
  if (isUp !== isWantedUp) return false;
  if (stands === 0) return operator === wanted || operator === '>' || operator === '<';
  return isUp ? stands > 0 : stands < 0;
}

function holdsFor(stands: number, operator: Operator): boolean {
  if (stands === 0) return operator === '=' || operator === '<=' || operator === '>=';
  return (
    operator === '<>' ||
    (stands < 0 ? operator === '<' || operator === '<=' : operator === '>' || operator === '>=')
  );
}

function implies(fact: Fact, wanted: Fact): boolean {
  if (wanted.kind === 'not null') return fact.kind === 'not null';
  if (fact.kind === 'not null') return false;
  const values = fact.kind === 'one of' ? fact.values : fact.operator === '=' ? [fact.value] : undefined;
  if (wanted.kind === 'one of')
    return values?.every((value) => wanted.values.some((found) => order(value, found) === 0)) === true;
  if (values !== undefined)
    return values.every((value) => impliesComparison('=', value, wanted.operator, wanted.value));
  return (
    fact.kind === 'compare' && impliesComparison(fact.operator, fact.value, wanted.operator, wanted.value)
  );
}

const OPPOSITE: Readonly<Record<Operator, Operator>> = {
  '<': '>=',
  '<=': '>',
  '=': '<>',
  '>=': '<',
  '>': '<=',
  '<>': '=',
};

function refutes(fact: Fact, wanted: Fact, known: readonly Fact[]): boolean {
  if (wanted.kind === 'compare') return implies(fact, { ...wanted, operator: OPPOSITE[wanted.operator] });
  if (wanted.kind !== 'one of') return false;
  return wanted.values.every((value) =>
    known.some((other) => implies(other, { kind: 'compare', operator: '<>', value })),
  );
}
