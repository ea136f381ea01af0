import type { Catalog } from '../sql/catalog.ts';
import { schemaOf } from '../sql/names.ts';

/** Rows that a server goes through in a fraction of a second, whatever is done to each. */
const SMALL = 10_000;

/** Whether a table was there before the change and others may use it. One that the catalog does not list is, unless it lists all. */
export function isInUse(catalog: Catalog, name: string): boolean {
  const relation = catalog.relations.get(name);
  if (relation === undefined) return !catalog.complete && schemaOf(name) !== 'pg_temp';
  return !relation.isNew;
}

/** Whether a table is known to have few rows, as the server's own have; a size that nobody knows counts as large. */
export function isSmall(catalog: Catalog, name: string): boolean {
  if (schemaOf(name) === 'pg_catalog') return true;
  const rows = catalog.relations.get(name)?.rows;
  return rows !== undefined && rows <= SMALL;
}
