import type { A_Const, A_Expr, Node } from '@pgsql/types';
import { expressionText, parseExpression } from './expression.ts';
import { strings } from './names.ts';
import { isDeeperThan } from './walk.ts';

/** Deeper than any CHECK that people write, and shallow enough for functions that call themselves. */
const DEEPEST = 300;

/**
 * The parts of a condition that hold each by itself, in a form in which people's SQL and the server's print of it are
 * the same: without casts, `= ANY (ARRAY[…])` as IN, midnight as a date. A part that cannot be written so is left out.
 */
export function conjuncts(expression: string): readonly string[] {
  const node = parseExpression(expression);
  if (node === undefined || isDeeperThan(node, DEEPEST)) return [];
  return parts(node).flatMap((part) => canonical(part) ?? []);
}

function parts(node: Node): readonly Node[] {
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR')
    return (node.BoolExpr.args ?? []).flatMap(parts);
  return [node];
}

function canonical(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('TypeCast' in node) return canonical(node.TypeCast.arg);
  if ('A_Const' in node) return constant(node.A_Const);
  if ('A_Expr' in node) return comparison(node.A_Expr);
  if ('NullTest' in node) {
    const { arg, nulltesttype } = node.NullTest;
    return `${canonical(arg)} ${nulltesttype}`;
  }
  if ('BoolExpr' in node && node.BoolExpr.boolop !== 'NOT_EXPR') {
    const { args = [], boolop } = node.BoolExpr;
    return all(args.map(canonical), (texts) => `(${[...texts].sort().join(` ${boolop} `)})`);
  }
  return expressionText(node);
}

function comparison({ kind, name, lexpr, rexpr }: A_Expr): string | undefined {
  const operator = strings(name).at(-1);
  const left = canonical(lexpr);
  const values = listed(kind, rexpr);
  if (values !== undefined)
    return all([left, ...values.map(canonical)], ([key, ...texts]) =>
      texts.length === 1
        ? `${key} ${operator} ${texts[0]}`
        : `${key} ${operator} one of ${[...texts].sort().join(', ')}`,
    );
  return kind === 'AEXPR_OP'
    ? all([left, canonical(rexpr)], ([key, value]) => `${key} ${operator} ${value}`)
    : undefined;
}

/** The values of IN and NOT IN, and of what the server prints for them: = ANY (ARRAY[…]) and <> ALL (ARRAY[…]). */
function listed(kind: A_Expr['kind'], right: Node | undefined): readonly Node[] | undefined {
  if (right === undefined) return undefined;
  if (kind === 'AEXPR_IN') return 'List' in right ? right.List.items : undefined;
  if (kind !== 'AEXPR_OP_ANY' && kind !== 'AEXPR_OP_ALL') return undefined;
  const array = 'TypeCast' in right ? right.TypeCast.arg : right;
  return array && 'A_ArrayExpr' in array ? array.A_ArrayExpr.elements : undefined;
}

/** Numbers lose their quotes, and a midnight its time: '2026-01-01 00:00:00+00' is the day. */
function constant(value: A_Const): string | undefined {
  const text = value.sval?.sval;
  if (text === undefined) return expressionText({ A_Const: value });
  const plain = text.replace(/^(\d{4}-\d\d-\d\d)[ T]00:00(:00(\.0+)?)?([+-]\d\d(:\d\d)?|Z)?$/, '$1');
  return /^-?\d+(\.\d+)?$/.test(plain) ? plain : JSON.stringify(plain);
}

function all(
  texts: readonly (string | undefined)[],
  write: (texts: readonly string[]) => string,
): string | undefined {
  return texts.every((text) => text !== undefined) ? write(texts) : undefined;
}
