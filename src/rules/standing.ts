import type { DropStmt } from '@pgsql/types';
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

/** The name of a relation that the statement puts there: made, or renamed or moved to it. */
export function nameGiven({ node }: Statement, catalog: Catalog): string | undefined {
  if ('CreateStmt' in node) return newName(catalog, node.CreateStmt.relation);
  if ('CreateForeignTableStmt' in node) return newName(catalog, node.CreateForeignTableStmt.base?.relation);
  if ('ViewStmt' in node) return newName(catalog, node.ViewStmt.view);
  if ('CreateTableAsStmt' in node) return newName(catalog, node.CreateTableAsStmt.into?.rel);
  if ('SelectStmt' in node && node.SelectStmt.intoClause)
    return newName(catalog, node.SelectStmt.intoClause.rel);
  if ('RenameStmt' in node && node.RenameStmt.relation && RELATIONS.has(node.RenameStmt.renameType ?? ''))
    return `${schemaOf(relationName(catalog, node.RenameStmt.relation))}.${node.RenameStmt.newname}`;
  if ('AlterObjectSchemaStmt' in node && node.AlterObjectSchemaStmt.relation) {
    const { relation, newschema } = node.AlterObjectSchemaStmt;
    return `${newschema}.${bareName(relationName(catalog, relation))}`;
  }
  return undefined;
}

/** Kinds of relations that are queried by name. */
export const RELATIONS: ReadonlySet<string> = new Set([
  'OBJECT_TABLE',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
]);
