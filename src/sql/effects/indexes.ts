import type { IndexStmt, ReindexStmt } from '@pgsql/types';
import { applyIndex, newIndexName } from '../apply/create-index.ts';
import { isOn } from '../boolean-option.ts';
import type { Relation } from '../catalog.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { indexesOf, partsOfIndex } from '../graph.ts';
import { relationName, schemaOf } from '../names.ts';
import { lentIndexes } from './lent-indexes.ts';
import { family, familyOf, hasRows, known, type Touches, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

const LOCK = 'AccessExclusiveLock';

/** CREATE INDEX keeps writers out of the table and, unless ONLY is written, of every partition; CONCURRENTLY does not. IF NOT EXISTS looks only when it has the locks. */
export function createIndex(node: IndexStmt, work: Work): Touches {
  const lock: LockMode = node.concurrent ? 'ShareUpdateExclusiveLock' : 'ShareLock';
  const index = newIndexName(work.catalog, node);
  const exists = node.if_not_exists === true && work.catalog.relations.has(index);
  const name = relationName(work.catalog, node.relation);
  const tables = isPartitioned(work, name) ? family(work, node.relation) : [name];
  // CONCURRENTLY gives the lock back as soon as it has seen that the index is there.
  if (exists && node.concurrent) return [];
  const lent = lentIndexes(work.catalog, exists ? work.catalog : applyIndex(work.catalog, node), index);
  return [
    ...tables.map((table) => {
      const builds = !exists && hasRows(work, table) && !lent.has(table) ? { builds: index } : {};
      const why = exists ? 'IF NOT EXISTS still locks' : 'an index is built on it';
      return touch(work, table, lock, why, builds);
    }),
    ...[...lent.values()].map((name) => touch(work, name, lock, `it becomes a part of ${index}`)),
  ];
}

/** REINDEX keeps writers out of the table and everybody out of the index; CONCURRENTLY drops the old index at last, when nobody uses it any more. */
export function reindex(node: ReindexStmt, work: Work): Touches {
  const isConcurrent = isOn(node.params, 'concurrently');
  const name = relationName(work.catalog, node.relation);
  const indexes = reindexed(node, name, work);
  if (indexes === undefined) return undefined;
  const built = indexes.flatMap(({ table, index }) => rebuilt(work, table, index, isConcurrent));
  return isConcurrent ? built : [...built, ...held(node, name, work)];
}

type Standing = { readonly table: string; readonly index: string };

function rebuilt(work: Work, table: string, index: string, isConcurrent: boolean): readonly RelationEffect[] {
  if (isConcurrent)
    return [
      touch(work, table, 'ShareUpdateExclusiveLock', 'its index is built anew beside the old one', {
        builds: index,
      }),
      touch(work, index, LOCK, 'a new one takes its place'),
    ];
  return [
    touch(work, table, 'ShareLock', 'its indexes are built anew'),
    touch(work, index, LOCK, 'it is built anew', { rewrite: true }),
  ];
}

/** What stays locked beside what is built: a table without an index, and a partitioned index with its own table and parts (ReindexPartitions). */
function held({ kind }: ReindexStmt, name: string, work: Work): readonly RelationEffect[] {
  if (kind === 'REINDEX_OBJECT_TABLE' && known(work, name)?.kind !== 'partitioned table')
    return [touch(work, name, 'ShareLock', 'its indexes are built anew')];
  const index = known(work, name);
  if (kind !== 'REINDEX_OBJECT_INDEX' || !isPartitioned(work, index?.table)) return [];
  const parts = allParts(work, name).filter((part) => isPartitioned(work, part.table));
  return [
    touch(work, name, LOCK, 'its parts are built anew'),
    touch(work, index?.table ?? '', 'ShareLock', 'its index is built anew'),
    ...parts.map((part) => touch(work, part.name, 'ShareLock', 'its parts are built anew')),
  ];
}

/** The indexes that are built, each with its table; undefined when nobody knows. */
function reindexed(
  { kind, name: named }: ReindexStmt,
  name: string,
  work: Work,
): readonly Standing[] | undefined {
  if (kind === 'REINDEX_OBJECT_INDEX') {
    if (known(work, name) === undefined) return undefined;
    const leaves = [known(work, name), ...allParts(work, name)];
    return leaves.flatMap((index) =>
      index?.table === undefined || isPartitioned(work, index.table)
        ? []
        : [{ table: index.table, index: index.name }],
    );
  }
  // Inheritance children are left alone.
  if (kind === 'REINDEX_OBJECT_TABLE' && isPartitioned(work, name) && !holds(work, 'reindexRecurses'))
    return [];
  if (kind === 'REINDEX_OBJECT_TABLE')
    return (isPartitioned(work, name) ? familyOf(work, name) : [name]).flatMap((table) =>
      standing(work, table),
    );
  if (kind !== 'REINDEX_OBJECT_SCHEMA' || !work.catalog.complete) return undefined;
  const inside = [...work.catalog.relations.keys()].filter((table) => schemaOf(table) === named);
  return inside.flatMap((table) => standing(work, table));
}

function standing(work: Work, table: string): readonly Standing[] {
  if (!hasRows(work, table)) return [];
  return indexesOf(work.catalog, table).map((index) => ({ table, index: index.name }));
}

function allParts(work: Work, name: string): readonly Relation[] {
  return partsOfIndex(work.catalog, name).flatMap((part) => [part, ...allParts(work, part.name)]);
}

function isPartitioned(work: Work, table: string | undefined): boolean {
  return known(work, table ?? '')?.kind === 'partitioned table';
}
