import type { DropStmt, RangeVar } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { bareName, listedName, newName, relationName, schemaOf } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';

/**
 * Whether a relation was there before the change, as far as is known: one that the catalog does not list counts as
 * standing, since the server would refuse the statement otherwise. Temporary tables are nobody else's.
 */
export function stoodBefore(catalog: Catalog, name: string): boolean {
  return catalog.relations.get(name)?.isNew !== true && schemaOf(name) !== 'pg_temp';
}

/** The relations that a DROP takes away and that stood before. With IF EXISTS, one that a complete catalog does not list is not there. */
export function droppedRelations(node: DropStmt, catalog: Catalog): readonly string[] {
  return (node.objects ?? [])
    .map((object) => listedName(catalog, object))
    .filter((name) => stoodBefore(catalog, name))
    .filter((name) => !node.missing_ok || !catalog.complete || catalog.relations.has(name));
}

/** Whether the statement puts a relation there under this name: makes it, or renames or moves one to it. */
export function givesName({ node }: Statement, catalog: Catalog, name: string): boolean {
  const bare = bareName(name);
  const made = relationMade(node);
  if (made !== undefined) return made.relname === bare && newName(catalog, made) === name;
  if ('RenameStmt' in node && RELATIONS.has(node.RenameStmt.renameType ?? '')) {
    const { relation, newname } = node.RenameStmt;
    return newname === bare && schemaOf(relationName(catalog, relation)) === schemaOf(name);
  }
  if (!('AlterObjectSchemaStmt' in node)) return false;
  const { relation, newschema } = node.AlterObjectSchemaStmt;
  return newschema === schemaOf(name) && relation?.relname === bare;
}

function relationMade(node: Statement['node']): RangeVar | undefined {
  if ('CreateStmt' in node) return node.CreateStmt.relation;
  if ('CreateForeignTableStmt' in node) return node.CreateForeignTableStmt.base?.relation;
  if ('ViewStmt' in node) return node.ViewStmt.view;
  if ('CreateTableAsStmt' in node) return node.CreateTableAsStmt.into?.rel;
  return 'SelectStmt' in node ? node.SelectStmt.intoClause?.rel : undefined;
}

/** Kinds of relations that are queried by name. */
export const RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
]);
