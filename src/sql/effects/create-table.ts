import type { CreateStmt, CreateTableAsStmt, ViewStmt } from '@pgsql/types';
import type { RelationEffect } from '../effect.ts';
import { newName, relationName } from '../names.ts';
import { collect } from '../walk.ts';
import { defaultPartition, referencedBy } from './partitions.ts';
import { query } from './queries.ts';
import { familyOf, known, type Touches, touch, type Work } from './touch.ts';

/** A new table locks what it refers to: writers of referenced tables wait, and everybody on a partitioned parent. */
export function createTable(node: CreateStmt, work: Work): Touches {
  const name = newName(work.catalog, node.relation);
  if (node.if_not_exists && work.catalog.relations.has(name)) return [];
  return [...parents(node, work), ...references(node, name, work), ...likes(node, work)];
}

function parents(node: CreateStmt, work: Work): readonly RelationEffect[] {
  const names = (node.inhRelations ?? []).flatMap((parent) =>
    'RangeVar' in parent ? [relationName(work.catalog, parent.RangeVar)] : [],
  );
  if (node.partbound === undefined)
    return names.map((name) => touch(work, name, 'ShareUpdateExclusiveLock', 'a child inherits from it'));
  return names.flatMap((name) => [
    touch(work, name, 'AccessExclusiveLock', 'a partition is made in it'),
    ...defaultPartition(work, name, node.partbound),
    ...referencedBy(work, name),
  ]);
}

function references(node: CreateStmt, self: string, work: Work): readonly RelationEffect[] {
  const keys = collect<{ contype?: string; pktable?: { relname?: string; schemaname?: string } }>(
    node,
    'Constraint',
  );
  return keys
    .filter(({ contype, pktable }) => contype === 'CONSTR_FOREIGN' && pktable !== undefined)
    .map(({ pktable }) => relationName(work.catalog, pktable))
    .filter((parent) => parent !== self)
    .flatMap((parent) => familyOf(work, parent))
    .map((parent) =>
      touch(work, parent, 'ShareRowExclusiveLock', `a foreign key of ${self} will refer to it`),
    );
}

function likes(node: CreateStmt, work: Work): readonly RelationEffect[] {
  return (node.tableElts ?? []).flatMap((element) =>
    'TableLikeClause' in element
      ? [
          touch(
            work,
            relationName(work.catalog, element.TableLikeClause.relation),
            'AccessShareLock',
            'LIKE reads it',
          ),
        ]
      : [],
  );
}

export function createTableAs(node: CreateTableAsStmt, work: Work): Touches {
  const name = newName(work.catalog, node.into?.rel);
  if (node.if_not_exists && work.catalog.relations.has(name)) return [];
  return node.query && query(node.query, work);
}

export function createView(node: ViewStmt, work: Work): Touches {
  const name = newName(work.catalog, node.view);
  const reads = node.query && query(node.query, work);
  const replaced = node.replace && known(work, name) !== undefined;
  const own = replaced ? [touch(work, name, 'AccessExclusiveLock', 'it is replaced')] : [];
  return reads && [...reads, ...own];
}
