import type { FuncCall, RangeVar } from '@pgsql/types';
import type { Connection } from '../../postgres/connection.ts';
import type { Statement } from '../../sql/statement.ts';
import { collect } from '../../sql/walk.ts';

const own = (catalog: string, prefix: string): string => `
  select o.${prefix}name::text as name from pg_catalog.${catalog} o
    join pg_catalog.pg_namespace n on n.oid = o.${prefix}namespace
   where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and not exists (
     select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = o.oid and d.deptype = 'e')`;

/** Functions, relations, operators and types of the users' own, extensions' members left out. */
const NAMES = [
  own('pg_proc', 'pro'),
  own('pg_class', 'rel'),
  own('pg_operator', 'opr'),
  own('pg_type', 'typ'),
].join(' union ');

/** Only a volatile function may do more than read (docs: 36.7), and an extension's is nobody's here. */
const CODE = `
  select exists (select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where p.provolatile = 'v' and n.nspname not in ('pg_catalog', 'information_schema') and not exists (
      select from pg_catalog.pg_depend d
       where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')) as code`;

/** Statements that make nothing by themselves; a trigger of theirs is code that was there before. */
const ROW_WORK = ['InsertStmt', 'UpdateStmt', 'DeleteStmt'];

type Named = { readonly name?: unknown; readonly names?: unknown; readonly funcname?: unknown };

/** What users' own names stand before, or beside, the server's in all sessions of a proxy. */
export type Shadows = {
  /** Another number than before: what was known to read catalogs alone may do something else now. */
  readonly generation: () => number;
  /** The statement may have made something that has a name. */
  readonly soil: (statement: Statement) => void;
  /** Whether a trigger, a default or a check may run code of a user's, with other values another way. */
  readonly hasCode: () => Promise<boolean>;
  /** Whether the statement says a name that is a user's too. */
  readonly fallOn: (statement: Statement) => Promise<boolean>;
};

export function createShadows(observer: Connection): Shadows {
  let generation = 0;
  let code: boolean | undefined;
  let known: ReadonlySet<string> | undefined;
  const read = async (): Promise<ReadonlySet<string>> => {
    const at = generation;
    const { rows } = await observer.query(NAMES);
    const names = new Set(rows.map(({ name }) => String(name)));
    if (at === generation) known = names;
    return names;
  };
  return {
    generation: () => generation,
    soil: ({ kind }) => {
      generation++;
      known = undefined;
      if (!ROW_WORK.includes(kind)) code = undefined;
    },
    hasCode: async () => (code ??= (await observer.query(CODE)).rows[0]?.code !== false),
    fallOn: async (statement) => {
      const names = known ?? (await read());
      return namesIn(statement).some((name) => names.has(name));
    },
  };
}

/** The last part of every name of a function, an operator, a type or a relation that does not say that it is the server's. */
function namesIn({ node }: Statement): string[] {
  const lists = [
    ...collect<FuncCall>(node, 'FuncCall').map(({ funcname }: Named) => funcname),
    ...collect<Named>(node, 'A_Expr').map(({ name }) => name),
    ...['TypeName', 'typeName'].flatMap((tag) => collect<Named>(node, tag).map(({ names }) => names)),
  ];
  const ctes = new Set(collect<{ ctename?: string }>(node, 'CommonTableExpr').map(({ ctename }) => ctename));
  const relations = collect<RangeVar>(node, 'RangeVar').flatMap(({ schemaname, relname }) =>
    schemaname !== undefined || relname === undefined || ctes.has(relname) ? [] : [relname],
  );
  return [...relations, ...lists.flatMap(lastOf)];
}

function lastOf(list: unknown): string[] {
  const parts = (Array.isArray(list) ? list : []).map(
    (part: { readonly String?: { readonly sval?: string } }) => part.String?.sval ?? '',
  );
  const last = parts.at(-1);
  return last === undefined || (parts.length > 1 && parts[0] === 'pg_catalog') ? [] : [last];
}
