import type { DoStmt, Node } from '@pgsql/types';
import { constantText } from './constant-text.ts';
import { parseBytes, parsePlpgsql } from './engine.ts';
import type { Place, Statement } from './statement.ts';

export type Embedded = {
  /** In the order of the text. Places are the whole statement's place. */
  readonly statements: readonly Statement[];
  /** Those that run only if a condition holds, rows are found or an error is caught. */
  readonly perhaps?: ReadonlySet<Statement>;
  /** Those that may be undone: in a block that catches errors, or all of them where the code ends with an error. */
  readonly undone?: ReadonlySet<Statement>;
  /** How many parts cannot be read: EXECUTE of a text that is made while it runs, another language, a body that the PL/pgSQL parser refuses. */
  readonly unseen: number;
};

/** For trees without a file. */
export const NO_PLACE: Place = {
  file: '',
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  startByte: 0,
  endByte: 0,
};

const NOTHING: Embedded = { statements: [], unseen: 0 };

/** The SQL inside a DO block or a function's PL/pgSQL body; nothing for every other statement. */
export function embeddedStatements({ sql, place, node }: Statement): Embedded {
  if ('DoStmt' in node) return readBlock(node.DoStmt, place);
  return 'CreateFunctionStmt' in node && isPlpgsql(node) ? readPlpgsql(sql, place) : NOTHING;
}

/** As `embeddedStatements`, for the tree of a DO block. */
export function readBlock({ args }: DoStmt, place: Place): Embedded {
  const language = option(args, 'language') ?? 'plpgsql';
  const body = option(args, 'as');
  if (language.toLowerCase() !== 'plpgsql' || body === undefined) return { statements: [], unseen: 1 };
  return readPlpgsql(`DO '${body.replaceAll("'", "''")}'`, place);
}

function isPlpgsql(node: Node): boolean {
  const options = 'CreateFunctionStmt' in node ? node.CreateFunctionStmt.options : [];
  return option(options, 'language')?.toLowerCase() === 'plpgsql';
}

/** A text option of a function or a block, such as its language. */
export function option(options: readonly Node[] | undefined, name: string): string | undefined {
  for (const node of options ?? []) {
    if (!('DefElem' in node) || node.DefElem.defname !== name) continue;
    const { arg } = node.DefElem;
    const first = arg && 'List' in arg ? arg.List.items?.[0] : arg;
    return first && 'String' in first ? (first.String.sval ?? '') : undefined;
  }
  return undefined;
}

/** The SQL inside a DO statement or a CREATE FUNCTION in PL/pgSQL. */
export function readPlpgsql(sql: string, place: Place): Embedded {
  const parsed = parsePlpgsql(Buffer.from(sql));
  if ('refusal' in parsed) return { statements: [], unseen: 1 };
  const perhaps = new Set<Statement>();
  const undone = new Set<Statement>();
  const found: (Statement | undefined)[] = [];
  const add = (query: string | undefined, mayRun: boolean, isCaught: boolean): void => {
    const statements = query === undefined ? [undefined] : embedded(query, place);
    for (const one of statements) if (mayRun && one !== undefined) perhaps.add(one);
    for (const one of statements) if (isCaught && one !== undefined) undone.add(one);
    found.push(...statements);
  };
  let mayEnd = false;
  let fails = false;
  for (const { key, value, inBranch, isCaught } of inOrder(parsed.functions)) {
    const mayRun = inBranch || mayEnd;
    if (key === 'PLpgSQL_expr') add(asQuery(value as Expression), mayRun, isCaught);
    const dynamic = DYNAMIC[key]?.(value as Dynamic)?.PLpgSQL_expr.query;
    if (dynamic !== undefined) add(constantText(dynamic), mayRun, isCaught);
    if (inBranch && endsCode(key, value)) mayEnd = true;
    if (!inBranch && isError(key, value)) fails = true;
  }
  const statements = found.filter((statement) => statement !== undefined);
  if (fails) for (const one of statements) undone.add(one);
  return {
    statements,
    ...(perhaps.size > 0 ? { perhaps } : {}),
    ...(undone.size > 0 ? { undone } : {}),
    unseen: found.length - statements.length,
  };
}

/** Whether the code that follows does not run after this. */
function endsCode(key: string, value: unknown): boolean {
  return key === 'PLpgSQL_stmt_return' || key === 'PLpgSQL_stmt_exit' || isError(key, value);
}

/** A RAISE of EXCEPTION, 21 in elog.h. */
function isError(key: string, value: unknown): boolean {
  return key === 'PLpgSQL_stmt_raise' && ((value as { elog_level?: number }).elog_level ?? 0) >= 21;
}

/** Members that hold code which may not run. */
const BRANCHES: ReadonlySet<string> = new Set([
  'then_body',
  'elsif_list',
  'else_body',
  'case_when_list',
  'else_stmts',
  'exceptions',
]);

/** Loops that may go round no time; LOOP alone begins for certain. */
const LOOPS: ReadonlySet<string> = new Set([
  'PLpgSQL_stmt_while',
  'PLpgSQL_stmt_fori',
  'PLpgSQL_stmt_fors',
  'PLpgSQL_stmt_forc',
  'PLpgSQL_stmt_foreach_a',
  'PLpgSQL_stmt_dynfors',
]);

type Dynamic = { readonly query?: DynamicQuery } & Partial<DynamicQuery>;
type DynamicQuery = { readonly PLpgSQL_expr: Expression };

/** EXECUTE and its like: the expression whose text is run. Only a constant one can be read. */
const DYNAMIC: Readonly<Record<string, (part: Dynamic) => DynamicQuery | undefined>> = {
  PLpgSQL_stmt_dynexecute: ({ query }) => query,
  PLpgSQL_stmt_dynfors: ({ query }) => query,
  dynquery: (part) => part as DynamicQuery,
};

type Expression = { readonly query: string; readonly parseMode?: number };

type Member = {
  readonly key: string;
  readonly value: unknown;
  /** Whether it stands in code that may not run. */
  readonly inBranch: boolean;
  /** Whether it stands in a block that catches errors, and so undoes what it did (documentation 41.6.8). */
  readonly isCaught: boolean;
};

/** Every member of a tree, parents first, in the order of the text. A loop, since blocks may be nested thousands deep. */
function* inOrder(root: unknown): Generator<Member> {
  const open: Member[] = [{ key: '', value: root, inBranch: false, isCaught: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    const { key: parent, value, inBranch, isCaught } = next;
    if (typeof value !== 'object' || value === null) continue;
    const catches = parent === 'PLpgSQL_stmt_block' && 'exceptions' in value;
    const isBranch = (key: string): boolean => BRANCHES.has(key) || (key === 'body' && LOOPS.has(parent));
    const members = Object.entries(value).map(([key, member]) => ({
      key,
      value: member,
      inBranch: inBranch || isBranch(key),
      isCaught: isCaught || catches,
    }));
    // A loop's tree has its body before its query.
    const isQuery = ({ key }: Member): boolean => key === 'query';
    for (const member of members.filter((found) => !isQuery(found)).reverse()) open.push(member);
    for (const member of members.filter(isQuery)) open.push(member);
  }
}

/** RawParseMode in parser.h: 0 is a statement, 2 an expression, 3 to 5 an assignment with its target. */
function asQuery({ query, parseMode }: Expression): string {
  if (parseMode === 2) return `SELECT ${query}`;
  if (parseMode !== undefined && parseMode >= 3) return `SELECT ${query.replace(/^.*?:?=/s, '')}`;
  return query;
}

/** The statements of a text, which EXECUTE may hold several of; undefined for one that cannot be read. */
function embedded(query: string, place: Place): readonly (Statement | undefined)[] {
  const { tree } = parseBytes(Buffer.from(query));
  if (tree === undefined) return [undefined];
  return (tree.stmts ?? []).map(({ stmt: node }) => {
    const kind = Object.keys(node ?? {})[0];
    return node === undefined || kind === undefined ? undefined : { sql: query, place, kind, node };
  });
}
