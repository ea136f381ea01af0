import type { A_Expr, BoolExpr, ColumnRef, FuncCall, Node } from '@pgsql/types';
import { parseBytes } from './engine.ts';
import { identifierText } from './identifier.ts';
import { strings } from './names.ts';

import { collect, isDeeperThan } from './walk.ts';

/** An expression as SQL text, enough for constraints and defaults; undefined for a form that is not printed. Never wrong, sometimes silent. */
export function expressionText(node: Node | undefined): string | undefined {
  return node === undefined || isDeeperThan(node, DEEPEST) ? undefined : print(node);
}

/** Levels of the parser's tree, of which one operator takes three. */
const DEEPEST = 1000;

function print(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  const [tag, value] = Object.entries(node)[0] ?? [];
  return PRINTERS[tag ?? '']?.(value);
}

/** The text with another name for a column; undefined where the result cannot be printed. */
export function withRenamedColumn(text: string | undefined, from: string, to: string): string | undefined {
  const node = text === undefined ? undefined : parseExpression(text);
  if (node === undefined) return undefined;
  for (const { fields = [] } of collect<ColumnRef>(node, 'ColumnRef')) {
    const last = fields.at(-1);
    if (last !== undefined && 'String' in last && last.String.sval === from) last.String.sval = to;
  }
  return expressionText(node);
}

export function parseExpression(text: string): Node | undefined {
  const { tree } = parseBytes(Buffer.from(`SELECT (${text})`));
  const statement = tree?.stmts?.[0]?.stmt;
  if (statement === undefined || !('SelectStmt' in statement)) return undefined;
  const target = statement.SelectStmt.targetList?.[0];
  return target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined;
}

/** Names of the columns that an expression reads. */
export function columnsIn(node: unknown): readonly string[] {
  const names = collect<ColumnRef>(node, 'ColumnRef').map(({ fields }) => strings(fields).at(-1));
  return [...new Set(names)].filter((name) => name !== undefined);
}

/** `columnsIn` of an expression's text; none when it does not parse. */
export function columnsInText(text: string): readonly string[] {
  return columnsIn(parseBytes(Buffer.from(`SELECT (${text})`)).tree);
}

/** Whether a CHECK with this text, being true or unknown for every row, proves that the column holds no null: what Postgres' predicate_implied_by finds for IS NOT NULL. */
export function provesNotNull(expression: string | undefined, column: string): boolean {
  const node = expression === undefined ? undefined : parseExpression(expression);
  return node !== undefined && implies(node, column);
}

function implies(node: Node | undefined, column: string): boolean {
  if (node === undefined) return false;
  if ('NullTest' in node) {
    const { arg, nulltesttype } = node.NullTest;
    return nulltesttype === 'IS_NOT_NULL' && arg !== undefined && 'ColumnRef' in arg
      ? strings(arg.ColumnRef.fields).at(-1) === column
      : false;
  }
  if (!('BoolExpr' in node)) return false;
  const parts = node.BoolExpr.args ?? [];
  if (node.BoolExpr.boolop === 'AND_EXPR') return parts.some((part) => implies(part, column));
  return node.BoolExpr.boolop === 'OR_EXPR' && parts.every((part) => implies(part, column));
}

// biome-ignore lint/suspicious/noExplicitAny: each printer takes the value of its own tag
const PRINTERS: Readonly<Record<string, (value: any) => string | undefined>> = {
  ColumnRef: ({ fields }: ColumnRef) => strings(fields).map(identifierText).join('.') || undefined,
  A_Const: constantText,
  A_Expr: operatorText,
  BoolExpr: booleanText,
  NullTest: ({ arg, nulltesttype }) =>
    joined`(${print(arg)} ${nulltesttype === 'IS_NULL' ? 'IS NULL' : 'IS NOT NULL'})`,
  FuncCall: functionText,
  TypeCast: ({ arg, typeName }) => joined`${print(arg)}::${castName(typeName)}`,
  SQLValueFunction: ({ op }) => VALUE_FUNCTIONS[op],
  CoalesceExpr: ({ args }) => joined`COALESCE(${listText(args)})`,
  A_ArrayExpr: ({ elements }) => joined`ARRAY[${listText(elements ?? [])}]`,
};

const VALUE_FUNCTIONS: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: 'CURRENT_DATE',
  SVFOP_CURRENT_TIME: 'CURRENT_TIME',
  SVFOP_CURRENT_TIMESTAMP: 'CURRENT_TIMESTAMP',
  SVFOP_LOCALTIME: 'LOCALTIME',
  SVFOP_LOCALTIMESTAMP: 'LOCALTIMESTAMP',
  SVFOP_CURRENT_USER: 'CURRENT_USER',
  SVFOP_SESSION_USER: 'SESSION_USER',
  SVFOP_USER: 'USER',
};

function constantText(value: {
  isnull?: boolean;
  ival?: { ival?: number };
  fval?: { fval?: string };
  sval?: { sval?: string };
  boolval?: { boolval?: boolean };
}): string | undefined {
  if (value.isnull) return 'NULL';
  if (value.ival) return String(value.ival.ival ?? 0);
  if (value.fval) return value.fval.fval;
  if (value.boolval) return value.boolval.boolval ? 'true' : 'false';
  return value.sval ? `'${(value.sval.sval ?? '').replaceAll("'", "''")}'` : undefined;
}

function operatorText({ kind, name, lexpr, rexpr }: A_Expr): string | undefined {
  const operator = strings(name).at(-1);
  if (kind === 'AEXPR_IN' && rexpr !== undefined && 'List' in rexpr) {
    const test = operator === '<>' ? 'NOT IN' : 'IN';
    return joined`(${print(lexpr)} ${test} (${listText(rexpr.List.items ?? [])}))`;
  }
  if (kind === 'AEXPR_OP_ANY') return joined`(${print(lexpr)} ${operator} ANY (${print(rexpr)}))`;
  if (kind === 'AEXPR_OP_ALL') return joined`(${print(lexpr)} ${operator} ALL (${print(rexpr)}))`;
  if (kind !== 'AEXPR_OP') return undefined;
  return lexpr === undefined
    ? joined`(${operator} ${print(rexpr)})`
    : joined`(${print(lexpr)} ${operator} ${print(rexpr)})`;
}

function booleanText({ boolop, args = [] }: BoolExpr): string | undefined {
  if (boolop === 'NOT_EXPR') return joined`(NOT ${print(args[0])})`;
  return joined`(${listText(args, boolop === 'AND_EXPR' ? ' AND ' : ' OR ')})`;
}

function functionText({ funcname, args, agg_star, over, agg_filter, agg_order }: FuncCall) {
  if (agg_star || over || agg_filter || agg_order) return undefined;
  return joined`${strings(funcname).map(identifierText).join('.')}(${listText(args ?? [])})`;
}

function castName(type: { names?: Node[]; typmods?: Node[]; arrayBounds?: Node[] }): string | undefined {
  const modifiers = type.typmods === undefined ? '' : joined`(${listText(type.typmods)})`;
  const array = (type.arrayBounds ?? []).length > 0 ? '[]' : '';
  const names = strings(type.names).filter((name) => name !== 'pg_catalog');
  return joined`${names.map(identifierText).join('.')}${modifiers}${array}`;
}

function listText(nodes: readonly Node[], separator = ', '): string | undefined {
  const texts = nodes.map(print);
  return texts.includes(undefined) ? undefined : texts.join(separator);
}

/** One undefined part makes the whole undefined. */
function joined(texts: TemplateStringsArray, ...parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : String.raw({ raw: texts }, ...parts);
}
