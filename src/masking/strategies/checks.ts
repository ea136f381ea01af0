import { type Expr, parse } from 'pgsql-ast-parser';
import type { Subject } from './masked.ts';

/** An end of the range that CHECK constraints allow; `value` is a constant as text. */
export type Bound = { readonly value: string; readonly strict: boolean };
export type Bounds = { readonly low?: Bound | undefined; readonly high?: Bound | undefined };

/** One thing that a CHECK constraint asks of a column. */
export type Claim =
  /** Whether it is null, which no mask changes. */
  | { readonly kind: 'nullness' }
  | ({ readonly kind: 'range' } & Bounds)
  /** Number of characters. */
  | { readonly kind: 'length'; readonly least?: number | undefined; readonly most?: number | undefined }
  /** Not ''. */
  | { readonly kind: 'filled' }
  | { readonly kind: 'pattern' }
  /** No upper case, or no lower case. */
  | { readonly kind: 'cased' }
  | { readonly kind: 'labels'; readonly labels: readonly string[] }
  | { readonly kind: 'unknown' };

export type Check = {
  readonly name: string;
  readonly claims: readonly Claim[];
  /** Of a table's CHECK, all columns that it reads. */
  readonly columns?: readonly string[];
};

/** What the CHECK constraints of the table and of the column's domain ask of the column. */
export function checksOf({ column, table, type }: Subject): readonly Check[] {
  const own = table.checks
    .filter(({ columns }) => columns.includes(column.name))
    .map(({ name, expression, columns }) => ({ name, columns, claims: claimsOf(expression, column.name) }));
  const domain = (type.domain?.checks ?? []).map((expression) => ({
    name: type.domain?.name ?? 'domain',
    claims: claimsOf(expression.replaceAll(/\bVALUE\b/g, '"value"'), 'value'),
  }));
  return [...own, ...domain];
}

function claimsOf(expression: string, column: string): readonly Claim[] {
  try {
    return claims(parse(expression.replace(/^CHECK\s*/i, ''), 'expr'), column);
  } catch {
    return [{ kind: 'unknown' }];
  }
}

const UNKNOWN: readonly Claim[] = [{ kind: 'unknown' }];

function claims(node: Expr, column: string): readonly Claim[] {
  if (node.type === 'unary' && (node.op === 'IS NULL' || node.op === 'IS NOT NULL')) {
    return node.operand.type === 'ref' ? [{ kind: 'nullness' }] : UNKNOWN;
  }
  if (node.type === 'ternary' && node.op === 'BETWEEN') {
    return [
      ...comparison('>=', node.value, node.lo, column),
      ...comparison('<=', node.value, node.hi, column),
    ];
  }
  if (node.type !== 'binary') return UNKNOWN;
  if (node.op === 'AND') return [...claims(node.left, column), ...claims(node.right, column)];
  if (node.op === 'OR') return alternatives(claims(node.left, column), claims(node.right, column));
  if (PATTERNS.has(node.op)) return isColumn(node.left, column) ? [{ kind: 'pattern' }] : UNKNOWN;
  return comparison(node.op, node.left, node.right, column);
}

const PATTERNS: ReadonlySet<string> = new Set([
  '~',
  '~*',
  '!~',
  '!~*',
  'LIKE',
  'ILIKE',
  'NOT LIKE',
  'NOT ILIKE',
  '~~',
  '~~*',
  '!~~',
  '!~~*',
]);

/** `email IS NULL OR …` asks no more than its other half. */
function alternatives(left: readonly Claim[], right: readonly Claim[]): readonly Claim[] {
  const onlyNulls = (side: readonly Claim[]): boolean => side.every(({ kind }) => kind === 'nullness');
  if (onlyNulls(left)) return right;
  return onlyNulls(right) ? left : UNKNOWN;
}

const MIRRORED: Readonly<Record<string, string>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
  '<>': '<>',
  '!=': '!=',
};

function comparison(operator: string, left: Expr, right: Expr, column: string): readonly Claim[] {
  const value = constant(right);
  if (value === undefined) {
    const mirrored = MIRRORED[operator];
    if (mirrored !== undefined && constant(left) !== undefined)
      return comparison(mirrored, right, left, column);
    if (operator === '=' && isColumn(left, column)) return casing(right, column) ?? listed(right);
    if (operator === '=' && casing(left, column) && isColumn(right, column)) return [{ kind: 'cased' }];
    return UNKNOWN;
  }
  if (isColumn(left, column)) return ofValue(operator, value);
  return isLength(left, column) ? ofLength(operator, Number(value)) : UNKNOWN;
}

function ofValue(operator: string, value: string): readonly Claim[] {
  if ((operator === '<>' || operator === '!=') && value === '') return [{ kind: 'filled' }];
  const strict = operator === '<' || operator === '>';
  if (operator.startsWith('>')) return [{ kind: 'range', low: { value, strict } }];
  if (operator.startsWith('<') && operator !== '<>') return [{ kind: 'range', high: { value, strict } }];
  return operator === '=' ? [{ kind: 'labels', labels: [value] }] : UNKNOWN;
}

function ofLength(operator: string, count: number): readonly Claim[] {
  const bounds: Readonly<Record<string, { least?: number; most?: number }>> = {
    '>': { least: count + 1 },
    '>=': { least: count },
    '<': { most: count - 1 },
    '<=': { most: count },
    '=': { least: count, most: count },
    '<>': count === 0 ? { least: 1 } : {},
  };
  const found = bounds[operator];
  return found && Object.keys(found).length > 0 ? [{ kind: 'length', ...found }] : UNKNOWN;
}

function bare(node: Expr): Expr {
  return node.type === 'cast' ? bare(node.operand) : node;
}

function isColumn(node: Expr, column: string): boolean {
  const inner = bare(node);
  return inner.type === 'ref' && inner.name.replaceAll('""', '"') === column;
}

function isLength(node: Expr, column: string): boolean {
  const inner = bare(node);
  if (inner.type !== 'call' || !['char_length', 'length', 'character_length'].includes(inner.function.name))
    return false;
  const [argument] = inner.args;
  return inner.args.length === 1 && argument !== undefined && isColumn(argument, column);
}

function casing(node: Expr, column: string): readonly Claim[] | undefined {
  const inner = bare(node);
  if (inner.type !== 'call' || !['lower', 'upper'].includes(inner.function.name)) return undefined;
  const [argument] = inner.args;
  return argument !== undefined && isColumn(argument, column) ? [{ kind: 'cased' }] : undefined;
}

function constant(node: Expr): string | undefined {
  const inner = bare(node);
  if (inner.type === 'string') return inner.value;
  if (inner.type === 'integer' || inner.type === 'numeric') return String(inner.value);
  if (inner.type !== 'unary' || inner.op !== '-') return undefined;
  const value = constant(inner.operand);
  return value === undefined ? undefined : `-${value}`;
}

/** `= ANY (ARRAY['a', 'b'])`, as the server writes IN. */
function listed(node: Expr): readonly Claim[] {
  const inner = bare(node);
  const argument = inner.type === 'call' && inner.function.name === 'any' ? inner.args[0] : undefined;
  const list = argument && bare(argument);
  if (list === undefined || (list.type !== 'array' && list.type !== 'list')) return UNKNOWN;
  const labels = list.expressions.map(constant);
  return labels.every((label) => label !== undefined) ? [{ kind: 'labels', labels }] : UNKNOWN;
}
