import type { A_Expr, Node } from '@pgsql/types';
import { strings } from './names.ts';

/** What a condition says of the columns of one table, as far as partitions can be told by it. */
export type KeyCondition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly KeyCondition[] }
  | KeyFact
  | { readonly kind: 'anything' };

export type KeyFact =
  | { readonly kind: 'compare'; readonly column: string; readonly operator: Operator; readonly value: Node }
  | { readonly kind: 'null' | 'not null'; readonly column: string };

export type Operator = '<' | '<=' | '=' | '>=' | '>' | '<>';

export const ANYTHING: KeyCondition = { kind: 'anything' };

const FLIPPED: Readonly<Record<string, Operator>> = {
  '<': '>',
  '<=': '>=',
  '=': '=',
  '>=': '<=',
  '>': '<',
  '<>': '<>',
};

/** The name of the table's column that a node is, undefined for every other node. */
export type ColumnOf = (node: Node | undefined) => string | undefined;

/** Deeper than any condition that people write, and shallow enough for functions that call themselves. */
const DEEPEST = 200;

/** Reads a WHERE or ON. A loop is not needed: what stands deeper than `DEEPEST` says nothing. */
export function keyCondition(node: Node | undefined, columnOf: ColumnOf, depth = 0): KeyCondition {
  if (node === undefined || depth > DEEPEST) return ANYTHING;
  if ('BoolExpr' in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === 'NOT_EXPR') return negated(keyCondition(args[0], columnOf, depth + 1));
    const parts = args.map((part) => keyCondition(part, columnOf, depth + 1));
    return { kind: boolop === 'AND_EXPR' ? 'and' : 'or', parts };
  }
  if ('NullTest' in node) {
    const column = columnOf(node.NullTest.arg);
    const kind = node.NullTest.nulltesttype === 'IS_NULL' ? 'null' : 'not null';
    return column === undefined ? ANYTHING : { kind, column };
  }
  return 'A_Expr' in node ? comparison(node.A_Expr, columnOf) : ANYTHING;
}

/** What holds of values where the operator does not. */
export const OPPOSITE: Readonly<Record<Operator, Operator>> = {
  '<': '>=',
  '<=': '>',
  '=': '<>',
  '>=': '<',
  '>': '<=',
  '<>': '=',
};

/** NOT as the planner moves it inwards (negate_clause): each comparison turns into its opposite. */
function negated(condition: KeyCondition): KeyCondition {
  switch (condition.kind) {
    case 'anything':
      return condition;
    case 'compare':
      return { ...condition, operator: OPPOSITE[condition.operator] };
    case 'null':
      return { ...condition, kind: 'not null' };
    case 'not null':
      return { ...condition, kind: 'null' };
    default:
      return { kind: condition.kind === 'and' ? 'or' : 'and', parts: condition.parts.map(negated) };
  }
}

function comparison({ kind, name, lexpr, rexpr }: A_Expr, columnOf: ColumnOf): KeyCondition {
  const operator = strings(name).at(-1) ?? '';
  const left = columnOf(lexpr);
  if (kind === 'AEXPR_OP') {
    const right = left === undefined ? columnOf(rexpr) : undefined;
    const written = left === undefined ? FLIPPED[operator] : FLIPPED[FLIPPED[operator] ?? ''];
    const value = left === undefined ? lexpr : rexpr;
    const column = left ?? right;
    return column === undefined || written === undefined || value === undefined
      ? ANYTHING
      : { kind: 'compare', column, operator: written, value };
  }
  if (left === undefined) return ANYTHING;
  const compare = (written: Operator, value: Node): KeyFact => ({
    kind: 'compare',
    column: left,
    operator: written,
    value,
  });
  const list = listOf(kind, rexpr);
  if (list === undefined) return ANYTHING;
  if (kind === 'AEXPR_BETWEEN') {
    const [lower, upper] = list;
    return lower && upper ? { kind: 'and', parts: [compare('>=', lower), compare('<=', upper)] } : ANYTHING;
  }
  if (operator === '=') return { kind: 'or', parts: list.map((value) => compare('=', value)) };
  return operator === '<>' ? { kind: 'and', parts: list.map((value) => compare('<>', value)) } : ANYTHING;
}

/** The values of BETWEEN, IN and = ANY (ARRAY[…]). */
function listOf(kind: A_Expr['kind'], right: Node | undefined): readonly Node[] | undefined {
  if (right === undefined) return undefined;
  if (kind === 'AEXPR_IN' || kind === 'AEXPR_BETWEEN') return 'List' in right ? right.List.items : undefined;
  if (kind !== 'AEXPR_OP_ANY' && kind !== 'AEXPR_OP_ALL') return undefined;
  const array = 'TypeCast' in right ? right.TypeCast.arg : right;
  return array && 'A_ArrayExpr' in array ? array.A_ArrayExpr.elements : undefined;
}
