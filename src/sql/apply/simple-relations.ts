import type { CreateSeqStmt, ViewStmt } from '@pgsql/types';
import type { Catalog } from '../catalog.ts';
import { newRelation, withRelation } from '../catalog-edit.ts';
import { newName } from '../names.ts';
import { namedRelations } from '../walk.ts';

export function applyView(catalog: Catalog, node: ViewStmt): Catalog {
  const name = newName(catalog, node.view);
  return withRelation(catalog, newRelation(name, 'view', { reads: namedRelations(catalog, node.query) }));
}

export function applySequence(catalog: Catalog, node: CreateSeqStmt): Catalog {
  const name = newName(catalog, node.sequence);
  if (node.if_not_exists && catalog.relations.has(name)) return catalog;
  return withRelation(catalog, newRelation(name, 'sequence'));
}
