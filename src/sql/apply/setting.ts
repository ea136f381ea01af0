import type { DeallocateStmt, PrepareStmt, VariableSetStmt } from '@pgsql/types';
import { type Catalog, EMPTY_CATALOG } from '../catalog.ts';
import { withEntry } from '../persistent-map.ts';

/** SET search_path decides where bare names are looked for and made; SET TIME ZONE whether timestamps are rewritten. */
export function applySetting(catalog: Catalog, node: VariableSetStmt): Catalog {
  if (node.kind === 'VAR_RESET_ALL') return { ...catalog, searchPath: EMPTY_CATALOG.searchPath };
  const values = (node.args ?? []).flatMap((argument) =>
    'A_Const' in argument && argument.A_Const.sval ? [argument.A_Const.sval.sval ?? ''] : [],
  );
  if (node.name === 'search_path')
    return { ...catalog, searchPath: values.length > 0 ? values : EMPTY_CATALOG.searchPath };
  if (node.name !== 'timezone') return catalog;
  const { timeZone: _, ...rest } = catalog;
  return values[0] === undefined ? rest : { ...rest, timeZone: values[0] };
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
