import type { A_Const, A_Expr, ColumnRef, FuncCall, Node } from '@pgsql/types';
import { type Catalog, EMPTY_CATALOG } from './catalog.ts';
import { strings } from './names.ts';
import { typeText } from './types.ts';

type Named = { readonly alias: string | undefined; readonly name: string; readonly type: string };

const UNKNOWN = 'unknown';

/** The canonical type of an expression in a query, `unknown` where nobody can tell without the server; a text constant becomes text. */
export function expressionType(
  node: Node | undefined,
  columns: readonly Named[],
  catalog: Catalog = EMPTY_CATALOG,
): string {
  if (node === undefined) return UNKNOWN;
  if ('ColumnRef' in node) return columnType(node.ColumnRef, columns);
  if ('TypeCast' in node) return typeText(catalog, node.TypeCast.typeName);
  if ('A_Const' in node) return constantType(node.A_Const);
  if ('BoolExpr' in node || 'NullTest' in node || 'BooleanTest' in node) return 'boolean';
  if ('FuncCall' in node) return functionType(node.FuncCall);
  if ('CoalesceExpr' in node) return firstType(node.CoalesceExpr.args ?? [], columns, catalog);
  if ('A_Expr' in node) return operatorType(node.A_Expr);
  return UNKNOWN;
}

function columnType({ fields }: ColumnRef, columns: readonly Named[]): string {
  const [name, alias] = strings(fields).toReversed();
  const found = columns.filter(
    (column) => column.name === name && (alias === undefined || column.alias === alias),
  );
  const types = new Set(found.map(({ type }) => type));
  return types.size === 1 ? ([...types][0] ?? UNKNOWN) : UNKNOWN;
}

/** A number that fits is an integer, else a bigint or a numeric (make_const in parse_node.c). */
function constantType({ isnull, ival, boolval, fval, sval }: A_Const): string {
  if (isnull || sval !== undefined) return 'text';
  if (ival !== undefined) return 'integer';
  if (boolval !== undefined) return 'boolean';
  const text = fval?.fval ?? '';
  return /^\d+$/.test(text) && BigInt(text) < 2n ** 63n ? 'bigint' : 'numeric';
}

const FUNCTIONS: Readonly<Record<string, string>> = {
  count: 'bigint',
  now: 'timestamp with time zone',
  row_number: 'bigint',
  rank: 'bigint',
  gen_random_uuid: 'uuid',
  lower: 'text',
  upper: 'text',
};

function functionType({ funcname }: FuncCall): string {
  return FUNCTIONS[strings(funcname).at(-1) ?? ''] ?? UNKNOWN;
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '>', '<=', '>=', '~~', '!~~', '~', '!~']);

function operatorType({ name, kind }: A_Expr): string {
  const isTest = kind !== 'AEXPR_OP' && kind !== 'AEXPR_NULLIF';
  return isTest || COMPARISONS.has(strings(name).at(-1) ?? '') ? 'boolean' : UNKNOWN;
}

/** Of several that must agree the first, but for a null, which takes any type. */
function firstType(nodes: readonly Node[], columns: readonly Named[], catalog: Catalog): string {
  const types = nodes
    .filter((node) => !('A_Const' in node && node.A_Const.isnull))
    .map((node) => expressionType(node, columns, catalog));
  return types.includes(UNKNOWN) ? UNKNOWN : (types[0] ?? UNKNOWN);
}

/** The name that a query gives an expression without AS (FigureColnameInternal in parse_target.c). */
export function expressionLabel(node: Node | undefined): string {
  return label(node) ?? '?column?';
}

function label(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('ColumnRef' in node) return strings(node.ColumnRef.fields).at(-1);
  if ('FuncCall' in node) return strings(node.FuncCall.funcname).at(-1);
  if ('TypeCast' in node) return label(node.TypeCast.arg) ?? strings(node.TypeCast.typeName?.names).at(-1);
  if ('CaseExpr' in node) return label(node.CaseExpr.defresult) ?? 'case';
  if ('A_Indirection' in node)
    return strings(node.A_Indirection.indirection).at(-1) ?? label(node.A_Indirection.arg);
  if ('SubLink' in node) return sublinkLabel(node.SubLink);
  const [tag = ''] = Object.keys(node);
  return LABELS[tag];
}

function sublinkLabel({
  subLinkType,
  subselect,
}: {
  subLinkType?: string;
  subselect?: Node;
}): string | undefined {
  if (subLinkType === 'EXISTS_SUBLINK') return 'exists';
  if (subLinkType === 'ARRAY_SUBLINK') return 'array';
  const targets =
    subselect !== undefined && 'SelectStmt' in subselect ? (subselect.SelectStmt.targetList ?? []) : [];
  const [first] = targets;
  if (subLinkType !== 'EXPR_SUBLINK' || first === undefined || !('ResTarget' in first)) return undefined;
  return first.ResTarget.name ?? label(first.ResTarget.val);
}

const LABELS: Readonly<Record<string, string>> = {
  CoalesceExpr: 'coalesce',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  XmlSerialize: 'xmlserialize',
  GroupingFunc: 'grouping',
};
