import type { FuncCall } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { resolve, strings } from './names.ts';
import { isBuiltin } from './volatility.ts';
import { collect } from './walk.ts';

/** Qualified names of the functions in a tree that are not Postgres' own, or not for certain, sorted. */
export function functionsCalled(catalog: Catalog, root: unknown): readonly string[] {
  const names = collect<FuncCall>(root, 'FuncCall').map(({ funcname }) => strings(funcname));
  const isOwn = (name: readonly string[]): boolean =>
    !isBuiltin(name) || (name.length === 1 && catalog.routines?.has(resolve(catalog, name)) === true);
  const own = names.filter(isOwn).map((name) => resolve(catalog, name));
  return [...new Set(own)].sort();
}
