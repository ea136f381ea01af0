import type { Node } from '@pgsql/types';
import { strings } from '../sql/names.ts';
import type { Source } from './query-sources.ts';

/** Whether a WHERE lets every row of the target through: `true`, `1 = 1`, a NOT NULL column that IS NOT NULL. */
export function isAlwaysTrue(node: Node, target: Source): boolean {
  if ('A_Const' in node) return node.A_Const.boolval?.boolval === true;
  if ('BoolExpr' in node) {
    const { boolop, args = [] } = node.BoolExpr;
    if (boolop === 'NOT_EXPR') return args.every(isFalse);
    return boolop === 'AND_EXPR'
      ? args.every((part) => isAlwaysTrue(part, target))
      : args.some((part) => isAlwaysTrue(part, target));
  }
  if ('NullTest' in node)
    return node.NullTest.nulltesttype === 'IS_NOT_NULL' && isFilled(node.NullTest.arg, target);
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return false;
  const { name, lexpr, rexpr } = node.A_Expr;
  return strings(name).at(-1) === '=' && isSame(lexpr, rexpr);
}

function isFalse(node: Node): boolean {
  return 'A_Const' in node && node.A_Const.boolval !== undefined && !node.A_Const.boolval.boolval;
}

function isFilled(node: Node | undefined, { table }: Source): boolean {
  if (!node || !('ColumnRef' in node) || typeof table !== 'object') return false;
  const name = strings(node.ColumnRef.fields).at(-1);
  return table.columns.some((column) => column.name === name && column.notNull);
}

/** The same constant, or the same column, on both sides. */
function isSame(left: Node | undefined, right: Node | undefined): boolean {
  if (left && right && 'A_Const' in left && 'A_Const' in right)
    return !left.A_Const.isnull && constantText(left.A_Const) === constantText(right.A_Const);
  if (!left || !right || !('ColumnRef' in left) || !('ColumnRef' in right)) return false;
  return strings(left.ColumnRef.fields).join('.') === strings(right.ColumnRef.fields).join('.');
}

function constantText({ location: _, ...constant }: { location?: number }): string {
  return JSON.stringify(constant);
}
