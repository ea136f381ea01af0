import type { A_Expr, FuncCall, Node } from '@pgsql/types';
import { constantOf } from '../../sql/constant-text.ts';
import { strings } from '../../sql/names.ts';
import { isDeeperThan } from '../../sql/walk.ts';

/** What a statement says. Names are checked against known values alone: a word is no finding by itself. */
export type Texts = { readonly literals: readonly string[]; readonly names: readonly string[] };

const DEEPEST = 1_000;
/** A number of fewer digits names nobody. */
const TELLING_DIGITS = 6;

/**
 * Every literal below a node of the grammar, those that `||`, format(), chr() and their like put together too, and
 * every name. Undefined for a tree that is too deep to be read.
 */
export function textsIn(root: unknown): Texts | undefined {
  if (isDeeperThan(root, DEEPEST)) return undefined;
  const literals = new Set<string>();
  const names = new Set<string>();
  const open: unknown[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node === 'string') (isWord(node) ? names : literals).add(node);
    if (typeof node !== 'object' || node === null) continue;
    for (const text of madeTexts(node)) literals.add(text);
    for (const value of Object.values(node)) if (value !== undefined && value !== null) open.push(value);
  }
  return { literals: [...literals], names: [...names] };
}

/** What can stand as a name without quotes, and the grammar's own words. Operators say nothing. */
function isWord(text: string): boolean {
  return /^[\w$]*$/.test(text) || !/[\p{L}\p{N}]/u.test(text);
}

type Tagged = Readonly<Record<string, unknown>>;

/** Texts that this node means, beyond the strings that stand in it. */
function madeTexts(node: object): readonly string[] {
  const [tag = ''] = Object.keys(node);
  return MEANT[tag]?.(node as Node, (node as Tagged)[tag] as Tagged) ?? [];
}

const MEANT: Readonly<Record<string, (node: Node, inside: Tagged) => readonly string[]>> = {
  A_Const: (node) => constantTexts(node),
  A_Expr: (node) => runs(pieces(node)),
  FuncCall: (node) => runs(pieces(node)),
  A_ArrayExpr: (_, { elements }) => runs(((elements ?? []) as Node[]).flatMap(pieces)),
  // Their words are values, although they look like names.
  CreateEnumStmt: (_, { vals }) => strings(vals as Node[]),
  CreateTrigStmt: (_, { args }) => strings(args as Node[]),
  AlterEnumStmt: (_, { newVal }) => (typeof newVal === 'string' ? [newVal] : []),
  CommentStmt: (_, { comment }) => (typeof comment === 'string' ? [comment] : []),
  DefElem: (_, { arg, defnamespace }) => {
    const text = (arg as { String?: { sval?: string } } | undefined)?.String?.sval;
    return text === undefined || defnamespace !== undefined ? [] : [text];
  },
};

function constantTexts(node: Node): readonly string[] {
  const value = constantOf(node);
  if (typeof value !== 'string') return [];
  const isNumber = 'A_Const' in node && !node.A_Const.sval;
  return isNumber && value.replaceAll(/\D/g, '').length < TELLING_DIGITS ? [] : [value];
}

/** The parts that an expression puts together, undefined for what only the server knows. */
function pieces(node: Node | undefined): readonly (string | undefined)[] {
  if (node === undefined) return [undefined];
  if ('TypeCast' in node) return pieces(node.TypeCast.arg);
  if ('A_Expr' in node) return joined(node.A_Expr);
  if ('FuncCall' in node) return called(node.FuncCall, node);
  return [constantOf(node) ?? undefined];
}

function joined({ name, lexpr, rexpr }: A_Expr): readonly (string | undefined)[] {
  if (strings(name).at(-1) !== '||') return [undefined];
  return [...pieces(lexpr), ...pieces(rexpr)];
}

function called({ funcname, args = [] }: FuncCall, node: Node): readonly (string | undefined)[] {
  const name = strings(funcname).at(-1) ?? '';
  const [first, second] = args.map((arg) => constantOf(arg) ?? undefined);
  if (name === 'chr') return [chr(first)];
  if (name === 'decode') return [decoded(first, second)];
  if (name === 'reverse') return [first === undefined ? undefined : [...first].reverse().join('')];
  if (name === 'concat') return args.flatMap(pieces);
  if (name === 'concat_ws') return args.slice(1).flatMap(pieces);
  if (name === 'format') return [constantOf(node) ?? undefined];
  return THROUGH.has(name) ? pieces(args[0]) : [undefined];
}

/** Functions whose result says what their first argument does. */
const THROUGH = new Set(
  'lower upper initcap btrim ltrim rtrim convert_from convert_to quote_literal text'.split(' '),
);

function chr(code: string | undefined): string | undefined {
  const number = Number(code);
  return code !== undefined && number > 0 && number <= 0x10ffff ? String.fromCodePoint(number) : undefined;
}

function decoded(text: string | undefined, form: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return form === 'hex' || form === 'base64' ? Buffer.from(text, form).toString() : text;
}

/** What is joined without a gap. */
function runs(parts: readonly (string | undefined)[]): readonly string[] {
  const found: string[] = [];
  let run = '';
  for (const part of [...parts, undefined]) {
    if (part !== undefined) run += part;
    else if (run !== '') {
      found.push(run);
      run = '';
    }
  }
  return found;
}
