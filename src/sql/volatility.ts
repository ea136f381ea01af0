import type { FuncCall, Node } from '@pgsql/types';
import { IMMUTABLE_FUNCTIONS, STABLE_FUNCTIONS, VOLATILE_FUNCTIONS } from './builtin-functions.ts';
import type { Catalog } from './catalog.ts';
import { resolve, strings } from './names.ts';
import { collect } from './walk.ts';

/** Whether an expression may give another value for each row. A function that nobody knows counts as volatile, which is Postgres' own default for new ones. */
export function isVolatile(catalog: Catalog, expression: Node | undefined): boolean {
  return functionsIn(expression).some((name) => functionVolatility(catalog, name) === 'volatile');
}

/** Whether one of the calls is to a function that is not Postgres' own: it may do anything. */
export function callsForeignFunction(calls: readonly FuncCall[]): boolean {
  return calls.some(({ funcname }) => !isBuiltin(strings(funcname)));
}

function functionsIn(expression: unknown): readonly (readonly string[])[] {
  return collect<FuncCall>(expression, 'FuncCall').map(({ funcname }) => strings(funcname));
}

function functionVolatility(catalog: Catalog, name: readonly string[]): 'immutable' | 'stable' | 'volatile' {
  const own = catalog.functions.get(resolve(catalog, name));
  if (own !== undefined && name[0] !== 'pg_catalog') return own;
  const bare = name.at(-1) ?? '';
  if (!isBuiltin(name) || VOLATILE_FUNCTIONS.has(bare)) return 'volatile';
  return STABLE_FUNCTIONS.has(bare) ? 'stable' : 'immutable';
}

/** Whether a name is that of a function in pg_catalog. */
export function isBuiltin(name: readonly string[]): boolean {
  const bare = name.at(-1) ?? '';
  const inCatalog = name.length === 1 || name[0] === 'pg_catalog';
  return (
    inCatalog && [VOLATILE_FUNCTIONS, STABLE_FUNCTIONS, IMMUTABLE_FUNCTIONS].some((set) => set.has(bare))
  );
}
