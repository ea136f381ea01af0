import type { CreateFunctionStmt, Node } from '@pgsql/types';
import type { Routine } from './catalog.ts';
import { parseBytes } from './engine.ts';
import { strings } from './names.ts';
import { type Embedded, NO_PLACE, option, readPlpgsql } from './plpgsql.ts';
import type { Statement } from './statement.ts';

/** What a routine runs, and the search path that it sets for that. */
export type RoutineCode = Embedded & { readonly searchPath: readonly string[] | undefined };

const UNREADABLE: RoutineCode = { statements: [], unseen: 1, searchPath: undefined };

const read = new WeakMap<Routine, RoutineCode>();

/** The statements of a function or procedure in PL/pgSQL or SQL, parsed once. Those of another language count as one that cannot be read. */
export function routineCode(routine: Routine): RoutineCode {
  const known = read.get(routine);
  if (known !== undefined) return known;
  const code = readDefinition(routine.definition);
  read.set(routine, code);
  return code;
}

function readDefinition(definition: string): RoutineCode {
  const node = parseBytes(Buffer.from(definition)).tree?.stmts?.[0]?.stmt;
  if (node === undefined || !('CreateFunctionStmt' in node)) return UNREADABLE;
  const { CreateFunctionStmt: made } = node;
  const searchPath = searchPathOf(made.options);
  switch (languageOf(made)) {
    case 'plpgsql':
      return { ...readPlpgsql(definition, NO_PLACE), searchPath };
    case 'sql':
      return { ...sqlBody(made), searchPath };
    default:
      return { ...UNREADABLE, searchPath };
  }
}

/** The language of a CREATE FUNCTION, in lower case; a body that stands in the statement itself is SQL. */
export function languageOf({ options, sql_body: body }: CreateFunctionStmt): string {
  return option(options, 'language')?.toLowerCase() ?? (body === undefined ? '' : 'sql');
}

/** The statements of a body in SQL: a text, or BEGIN ATOMIC or RETURN in the statement itself. */
export function sqlBody({ options, sql_body: body }: CreateFunctionStmt): Embedded {
  if (body !== undefined) return { statements: statementsOf(body), unseen: 0 };
  const { tree } = parseBytes(Buffer.from(option(options, 'as') ?? ''));
  if (tree === undefined) return { statements: [], unseen: 1 };
  return { statements: (tree.stmts ?? []).flatMap(({ stmt }) => statementsOf(stmt)), unseen: 0 };
}

function statementsOf(node: Node | undefined): readonly Statement[] {
  if (node === undefined) return [];
  if ('List' in node) return (node.List.items ?? []).flatMap(statementsOf);
  if ('ReturnStmt' in node)
    return statementsOf({
      SelectStmt: { targetList: [{ ResTarget: { val: node.ReturnStmt.returnval as Node } }] },
    });
  const [kind = ''] = Object.keys(node);
  return [{ sql: '', place: NO_PLACE, kind, node }];
}

/** SET search_path of a function; FROM CURRENT is what it is anyway. */
function searchPathOf(options: readonly Node[] | undefined): readonly string[] | undefined {
  for (const found of options ?? []) {
    if (!('DefElem' in found) || found.DefElem.defname !== 'set') continue;
    const { arg } = found.DefElem;
    if (arg === undefined || !('VariableSetStmt' in arg) || arg.VariableSetStmt.name !== 'search_path')
      continue;
    const values = arg.VariableSetStmt.args ?? [];
    const names = values.flatMap((value) =>
      'A_Const' in value ? (value.A_Const.sval?.sval ?? []) : strings([value]),
    );
    return values.length === 0 ? undefined : names;
  }
  return undefined;
}
