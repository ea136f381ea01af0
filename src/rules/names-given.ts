import type { Node, RangeVar } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { newName, strings } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { newColumns } from './new-columns.ts';

/** The names that a statement gives to what it makes or renames, and the relation that they belong to. */
export type NamesGiven = { readonly relation: string | undefined; readonly names: readonly string[] };

export function namesGiven(statement: Statement, catalog: Catalog): NamesGiven {
  const { node } = statement;
  const columns = newColumns(statement, catalog).filter(({ by }) => by !== 'retype');
  const made = relationMade(node);
  const names = [
    ...(made?.relname ? [made.relname] : []),
    ...columns.map(({ name }) => name),
    ...otherNames(node),
  ];
  return { relation: made ? newName(catalog, made) : columns[0]?.table, names };
}

function relationMade(node: Node): RangeVar | undefined {
  if ('CreateStmt' in node) return node.CreateStmt.relation;
  if ('ViewStmt' in node) return node.ViewStmt.view;
  if ('CreateSeqStmt' in node) return node.CreateSeqStmt.sequence;
  if ('CompositeTypeStmt' in node) return node.CompositeTypeStmt.typevar;
  return 'CreateTableAsStmt' in node ? node.CreateTableAsStmt.into?.rel : undefined;
}

function otherNames(node: Node): readonly string[] {
  if ('IndexStmt' in node) return node.IndexStmt.idxname ? [node.IndexStmt.idxname] : [];
  if ('RenameStmt' in node) return node.RenameStmt.newname ? [node.RenameStmt.newname] : [];
  if ('CreateEnumStmt' in node) return strings(node.CreateEnumStmt.typeName).slice(-1);
  return 'CreateDomainStmt' in node ? strings(node.CreateDomainStmt.domainname).slice(-1) : [];
}
