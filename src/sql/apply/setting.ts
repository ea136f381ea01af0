import type {
  DeallocateStmt,
  DiscardStmt,
  FuncCall,
  Node,
  PrepareStmt,
  SelectStmt,
  VariableSetStmt,
} from '@pgsql/types';
import { type Catalog, EMPTY_CATALOG } from '../catalog.ts';
import { withoutRelations } from '../catalog-edit.ts';
import { schemaOf, strings } from '../names.ts';
import { withEntry } from '../persistent-map.ts';
import { collect } from '../walk.ts';

/** SET search_path decides where bare names are looked for and made; SET TIME ZONE whether timestamps are rewritten. */
export function applySetting(catalog: Catalog, node: VariableSetStmt): Catalog {
  if (node.kind === 'VAR_RESET_ALL') return withSearchPath(catalog, [], false);
  const values = (node.args ?? []).flatMap((argument) =>
    'A_Const' in argument && argument.A_Const.sval ? [argument.A_Const.sval.sval ?? ''] : [],
  );
  if (node.name === 'search_path') return withSearchPath(catalog, values, node.is_local === true);
  if (node.name !== 'timezone') return catalog;
  const { timeZone: _, ...rest } = catalog;
  return values[0] === undefined ? rest : { ...rest, timeZone: values[0] };
}

/** Nothing stands for the default. A local path hides the session's, which comes back with the end of the transaction. */
function withSearchPath(catalog: Catalog, path: readonly string[], isLocal: boolean): Catalog {
  const { searchPath: hidden = catalog.searchPath, ...end } = catalog.atEnd ?? {};
  const searchPath = path.length > 0 ? path : EMPTY_CATALOG.searchPath;
  return { ...catalog, searchPath, atEnd: isLocal ? { ...end, searchPath: hidden } : end };
}

/** `SELECT set_config('search_path', 'a, b', false)`: the third argument is LOCAL (documentation 9.28.1). */
export function applySetConfig(catalog: Catalog, node: SelectStmt): Catalog {
  return collect<FuncCall>(node.targetList, 'FuncCall').reduce((result, { funcname, args = [] }) => {
    if (strings(funcname).at(-1) !== 'set_config') return result;
    const [name, value, isLocal] = args.map(constant);
    if (name?.toLowerCase() !== 'search_path' || value === undefined) return result;
    return withSearchPath(result, schemasIn(value), /^(t|true|on|yes|y|1)$/i.test(isLocal ?? ''));
  }, catalog);
}

function constant(node: Node): string | undefined {
  if ('TypeCast' in node) return node.TypeCast.arg && constant(node.TypeCast.arg);
  if (!('A_Const' in node)) return undefined;
  const { sval, boolval } = node.A_Const;
  return sval ? (sval.sval ?? '') : boolval && String(boolval.boolval ?? false);
}

/** A list of identifiers, where those without quotes are in lower case. */
function schemasIn(list: string): readonly string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)].map(([plain, quoted]) =>
    quoted === undefined ? plain.toLowerCase() : quoted.replaceAll('""', '"'),
  );
}

/** DISCARD TEMP takes the temporary tables away; DISCARD ALL also resets settings and forgets what was prepared. */
export function applyDiscard(catalog: Catalog, { target }: DiscardStmt): Catalog {
  if (target !== 'DISCARD_TEMP' && target !== 'DISCARD_ALL') return catalog;
  const result = withoutTemporary(catalog);
  if (target === 'DISCARD_TEMP') return result;
  const { prepared: _, timeZone: __, ...rest } = withSearchPath(result, [], false);
  return rest;
}

function withoutTemporary(catalog: Catalog): Catalog {
  const names = [...catalog.relations.keys()].filter((name) => schemaOf(name) === 'pg_temp');
  return withoutRelations(catalog, names);
}

/** The schema as a session sees it that begins now, with the settings of `start`. */
export function inNewSession(catalog: Catalog, { searchPath, timeZone }: Catalog): Catalog {
  const { prepared: _, timeZone: __, ...rest } = withoutTemporary(atTransactionEnd(catalog));
  return { ...rest, searchPath, ...(timeZone === undefined ? {} : { timeZone }) };
}

/** The schema when the transaction, or a statement that was one by itself, has ended. */
export function atTransactionEnd(catalog: Catalog): Catalog {
  const { atEnd, ...rest } = catalog;
  if (atEnd === undefined) return catalog;
  const { searchPath = rest.searchPath, drops } = atEnd;
  const gone = drops ? [...rest.relations.values()].filter(({ dropsOnCommit }) => dropsOnCommit) : [];
  return withoutRelations(
    { ...rest, searchPath },
    gone.map(({ name }) => name),
  );
}

/** PREPARE keeps a statement for EXECUTE. */
export function applyPrepare(catalog: Catalog, { name = '', query }: PrepareStmt): Catalog {
  if (query === undefined) return catalog;
  return { ...catalog, prepared: withEntry(catalog.prepared ?? new Map(), name, query) };
}

/** DEALLOCATE one, or ALL. */
export function applyDeallocate(catalog: Catalog, { name }: DeallocateStmt): Catalog {
  const { prepared, ...rest } = catalog;
  if (prepared === undefined || name === undefined) return rest;
  return { ...rest, prepared: new Map([...prepared].filter(([key]) => key !== name)) };
}
