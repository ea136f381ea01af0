import type { CreateStmt } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { newName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';

/** A table that CREATE TABLE makes to stay: no temporary one, no partition, and none that is there already. */
export type NewTable = { readonly name: string; readonly node: CreateStmt };

export function newTable({ node }: Statement, catalog: Catalog): NewTable | undefined {
  if (!('CreateStmt' in node)) return undefined;
  const made = node.CreateStmt;
  const name = newName(catalog, made.relation);
  const isPassing = made.relation?.relpersistence === 't' || made.partbound !== undefined;
  return isPassing || (made.if_not_exists && catalog.relations.has(name)) ? undefined : { name, node: made };
}
