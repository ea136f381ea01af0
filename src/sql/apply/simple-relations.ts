import type { CreateSeqStmt, Node, ViewStmt } from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import { newRelation, withRelation } from '../catalog-edit.ts';
import { newName } from '../names.ts';
import { columnsRead } from '../view-columns.ts';
import { namedRelations } from '../walk.ts';

export function applyView(catalog: Catalog, node: ViewStmt): Catalog {
  const name = newName(catalog, node.view);
  return withRelation(catalog, newRelation(name, 'view', queryFacts(catalog, node.query)));
}

/** What is known of a view's query. */
export function queryFacts(
  catalog: Catalog,
  query: Node | undefined,
): Pick<Relation, 'reads' | 'readColumns'> {
  return { reads: namedRelations(catalog, query), readColumns: columnsRead(catalog, query) };
}

export function applySequence(catalog: Catalog, node: CreateSeqStmt): Catalog {
  const name = newName(catalog, node.sequence);
  if (node.if_not_exists && catalog.relations.has(name)) return catalog;
  return withRelation(catalog, newRelation(name, 'sequence'));
}
