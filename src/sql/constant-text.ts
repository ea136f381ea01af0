import type { A_Const, A_Expr, FuncCall, Node } from '@pgsql/types';
import { parseBytes } from './engine.ts';
import { strings } from './names.ts';
import { isDeeperThan } from './walk.ts';

/** Null is SQL's null; undefined is a value that only the server knows. */
type Value = string | null | undefined;

/** The text that an expression has whatever the rows and variables are: literals, `||`, and format() and its like of such; undefined for every other. */
export function constantText(expression: string): string | undefined {
  const statement = parseBytes(Buffer.from(`SELECT ${expression}`)).tree?.stmts?.[0]?.stmt;
  const target = statement && 'SelectStmt' in statement ? statement.SelectStmt.targetList?.[0] : undefined;
  const node = target && 'ResTarget' in target ? target.ResTarget.val : undefined;
  return node === undefined || isDeeperThan(node, DEEPEST) ? undefined : (constantOf(node) ?? undefined);
}

/** The value of a node of the grammar, likewise. */
export function constantOf(node: Node | undefined): Value {
  if (node === undefined) return undefined;
  if ('A_Const' in node) return literal(node.A_Const);
  if ('TypeCast' in node)
    return isText(strings(node.TypeCast.typeName?.names)) ? constantOf(node.TypeCast.arg) : undefined;
  if ('A_Expr' in node) return joined(node.A_Expr);
  return 'FuncCall' in node ? called(node.FuncCall) : undefined;
}

const DEEPEST = 1000;

function isText(names: readonly string[]): boolean {
  return ['text', 'varchar', 'name', 'regclass'].includes(names.at(-1) ?? '');
}

function literal({ isnull, sval, ival, fval, boolval }: A_Const): Value {
  if (isnull) return null;
  if (sval) return sval.sval ?? '';
  if (ival) return String(ival.ival ?? 0);
  if (boolval) return boolval.boolval ? 't' : 'f';
  return fval?.fval;
}

function joined({ kind, name, lexpr, rexpr }: A_Expr): Value {
  if (kind !== 'AEXPR_OP' || strings(name).at(-1) !== '||') return undefined;
  const [left, right] = [constantOf(lexpr), constantOf(rexpr)];
  if (left === undefined || right === undefined) return undefined;
  return left === null || right === null ? null : left + right;
}

function called({ funcname, args = [] }: FuncCall): Value {
  const names = strings(funcname);
  const values = args.map(constantOf);
  if ((names.length > 1 && names[0] !== 'pg_catalog') || values.includes(undefined)) return undefined;
  return FUNCTIONS[names.at(-1) ?? '']?.(values as (string | null)[]);
}

const FUNCTIONS: Readonly<Record<string, (values: readonly (string | null)[]) => Value>> = {
  format: ([template = null, ...values]) => (template === null ? null : formatted(template, values)),
  concat: (values) => values.join(''),
  quote_ident: ([value = null]) => (value === null ? null : quotedName(value)),
  quote_literal: ([value = null]) => (value === null ? null : quoted(value)),
  quote_nullable: ([value = null]) => (value === null ? 'NULL' : quoted(value)),
};

/** format() without widths (documentation 9.4.1). */
function formatted(template: string, values: readonly (string | null)[]): string | undefined {
  let next = 0;
  let isKnown = true;
  const text = template.replaceAll(/%(?:(\d+)\$)?(.)/gs, (_, position: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    if (position !== undefined) next = Number(position) - 1;
    const value = values[next];
    next += 1;
    const shown = value === undefined ? undefined : SPECIFIERS[kind]?.(value);
    isKnown &&= shown !== undefined;
    return shown ?? '';
  });
  return isKnown ? text : undefined;
}

const SPECIFIERS: Readonly<Record<string, (value: string | null) => string>> = {
  s: (value) => value ?? '',
  I: (value) => quotedName(value ?? ''),
  L: (value) => (value === null ? 'NULL' : quoted(value)),
};

function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
