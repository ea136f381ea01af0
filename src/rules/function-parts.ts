import type { CreateFunctionStmt, Node } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { newListedName, resolve, strings } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';

/** A function or procedure that a statement makes, under its qualified name. */
export type NewFunction = { readonly node: CreateFunctionStmt; readonly name: string };

export function newFunction({ node }: Statement, catalog: Catalog): NewFunction | undefined {
  if (!('CreateFunctionStmt' in node)) return undefined;
  const made = node.CreateFunctionStmt;
  return { node: made, name: newListedName(catalog, made.funcname) };
}

/** Whether SECURITY DEFINER stands among the options of a CREATE or ALTER FUNCTION. */
export function isSecurityDefiner(options: readonly Node[] | undefined): boolean {
  return (options ?? []).some(
    (option) =>
      'DefElem' in option &&
      option.DefElem.defname === 'security' &&
      option.DefElem.arg !== undefined &&
      'Boolean' in option.DefElem.arg &&
      option.DefElem.arg.Boolean.boolval === true,
  );
}

/** Whether they set a search path of the function's own: SET search_path, also FROM CURRENT. */
export function setsSearchPath(options: readonly Node[] | undefined): boolean {
  return (options ?? []).some((option) => {
    const set = 'DefElem' in option && option.DefElem.defname === 'set' ? option.DefElem.arg : undefined;
    if (set === undefined || !('VariableSetStmt' in set)) return false;
    const { kind = '', name } = set.VariableSetStmt;
    return name === 'search_path' && (kind === 'VAR_SET_VALUE' || kind === 'VAR_SET_CURRENT');
  });
}

/** An ALTER FUNCTION, PROCEDURE or ROUTINE: the qualified name, and what it changes. */
export function alteredFunction(
  { node }: Statement,
  catalog: Catalog,
): { readonly name: string; readonly actions: readonly Node[] } | undefined {
  if (!('AlterFunctionStmt' in node)) return undefined;
  const { func, actions = [] } = node.AlterFunctionStmt;
  return { name: resolve(catalog, strings(func?.objname)), actions };
}
