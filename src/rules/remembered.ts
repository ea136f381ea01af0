import type { Catalog } from '../sql/catalog.ts';
import type { Statement } from '../sql/statement.ts';

/** A reading of a statement that many rules ask for, made once for the same statement and schema. */
export function remembered<T>(
  read: (statement: Statement, catalog: Catalog) => T,
): (statement: Statement, catalog: Catalog) => T {
  const known = new WeakMap<Statement, { readonly catalog: Catalog; readonly value: T }>();
  return (statement, catalog) => {
    const last = known.get(statement);
    if (last?.catalog === catalog) return last.value;
    const value = read(statement, catalog);
    known.set(statement, { catalog, value });
    return value;
  };
}
