import type { A_Expr, BoolExpr, Node, SelectStmt, SubLink } from '@pgsql/types';
import { strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { collectAll } from '../../sql/walk.ts';
import type { Complaint, Rule } from '../rule.ts';
import { code } from '../words.ts';

const KINDS = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'ViewStmt',
  'CreateTableAsStmt',
]);

type Habit = { readonly name: string; readonly effect: string; readonly help: string };

const STAR: Habit = {
  name: 'SELECT *',
  effect: 'gives other columns, or fails, as soon as the table has others',
  help: 'Name the columns that are wanted.',
};
const NOT_IN: Habit = {
  name: 'NOT IN (SELECT …)',
  effect: 'is never true once the subquery gives a null, and cannot be planned as a join',
  help: 'Write NOT EXISTS with the condition inside.',
};
const NULL_EQUAL: Habit = {
  name: '= NULL',
  effect: 'is never true, whatever the value is',
  help: 'Write IS NULL, or IS NOT NULL.',
};
const RANDOM: Habit = {
  name: 'ORDER BY random()',
  effect: 'reads and sorts all rows to give a few',
  help: 'Draw keys at random, or use TABLESAMPLE.',
};

function check({ kind, node }: Statement): readonly Complaint[] {
  if (!KINDS.has(kind)) return [];
  const nodes = collectAll(node, ['SelectStmt', 'SubLink', 'BoolExpr', 'A_Expr']);
  const of = <T>(tag: string): readonly T[] => (nodes.get(tag) ?? []) as readonly T[];
  const queries = of<SelectStmt>('SelectStmt');
  const asked = new Set(
    of<SubLink>('SubLink').flatMap(({ subLinkType, subselect }) =>
      subLinkType === 'EXISTS_SUBLINK' && subselect && 'SelectStmt' in subselect
        ? [subselect.SelectStmt]
        : [],
    ),
  );
  const found: readonly (readonly [Habit, boolean])[] = [
    [STAR, queries.some((query) => !asked.has(query) && (query.targetList ?? []).some(isStar))],
    [NOT_IN, of<BoolExpr>('BoolExpr').some(isNotIn) || of<SubLink>('SubLink').some(isUnequalToAll)],
    [NULL_EQUAL, of<A_Expr>('A_Expr').some(isNullEqual)],
    [RANDOM, queries.some(({ sortClause = [] }) => sortClause.some(isRandom))],
  ];
  return found.filter(([, isFound]) => isFound).map(([habit]) => complaint(habit));
}

function complaint({ name, effect, help }: Habit): Complaint {
  return { relation: undefined, part: name, message: `${code(name)} ${effect}.`, help };
}

function isStar(target: Node): boolean {
  const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
  return (
    value !== undefined &&
    'ColumnRef' in value &&
    (value.ColumnRef.fields ?? []).some((field) => 'A_Star' in field)
  );
}

function isNotIn({ boolop, args: [only] = [] }: BoolExpr): boolean {
  return (
    boolop === 'NOT_EXPR' &&
    only !== undefined &&
    'SubLink' in only &&
    only.SubLink.subLinkType === 'ANY_SUBLINK' &&
    !only.SubLink.operName
  );
}

function isUnequalToAll({ subLinkType, operName }: SubLink): boolean {
  return subLinkType === 'ALL_SUBLINK' && strings(operName).at(-1) === '<>';
}

function isNullEqual({ kind, name, lexpr, rexpr }: A_Expr): boolean {
  const isNull = (side: Node | undefined): boolean =>
    side !== undefined && 'A_Const' in side && side.A_Const.isnull === true;
  return (
    kind === 'AEXPR_OP' && /^(=|<>|!=)$/.test(strings(name).at(-1) ?? '') && (isNull(lexpr) || isNull(rexpr))
  );
}

function isRandom(sort: Node): boolean {
  const value = 'SortBy' in sort ? sort.SortBy.node : undefined;
  return value !== undefined && 'FuncCall' in value && strings(value.FuncCall.funcname).at(-1) === 'random';
}

export const rule: Rule = {
  slug: 'query-style',
  section: 'data',
  title: 'Queries that seldom do what was meant',
  condition: '`SELECT *`, `NOT IN (SELECT …)`, `= NULL` or `ORDER BY random()`.',
  effect: 'The query breaks with the next column, finds nothing because of a null, or sorts the whole table.',
  workaround: 'List the columns, write `NOT EXISTS` and `IS NULL`, draw rows by key.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
