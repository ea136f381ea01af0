import type { IndexStmt, Node, ReindexStmt } from '@pgsql/types';
import { newIndexName } from '../apply/create-index.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { indexesOf } from '../graph.ts';
import { relationName } from '../names.ts';
import { family, hasRows, known, type Touches, touch, type Work } from './touch.ts';

/** CREATE INDEX keeps writers out of the table and, unless ONLY is written, of every partition; CONCURRENTLY does not. IF NOT EXISTS looks only when it has the locks. */
export function createIndex(node: IndexStmt, work: Work): Touches {
  const lock: LockMode = node.concurrent ? 'ShareUpdateExclusiveLock' : 'ShareLock';
  const index = newIndexName(work.catalog, node);
  const exists = node.if_not_exists === true && work.catalog.relations.has(index);
  const name = relationName(work.catalog, node.relation);
  const isPartitioned = known(work, name)?.kind === 'partitioned table';
  const tables = isPartitioned ? family(work, node.relation) : [name];
  return tables.map((table) => {
    const builds = !exists && hasRows(work, table) ? { builds: index } : {};
    return touch(work, table, lock, exists ? 'IF NOT EXISTS still locks' : 'an index is built on it', builds);
  });
}

/** REINDEX keeps writers out of the table and everybody out of the index. */
export function reindex(node: ReindexStmt, work: Work): Touches {
  const isConcurrent = isReindexConcurrent(node);
  const tables = reindexed(node, work);
  return tables?.flatMap(({ table, indexes }) => [
    touch(work, table, isConcurrent ? 'ShareUpdateExclusiveLock' : 'ShareLock', 'its indexes are built anew'),
    ...indexes.map((index) => rebuiltIndex(work, index, isConcurrent)),
  ]);
}

/** REINDEX CONCURRENTLY, and REINDEX (CONCURRENTLY), which takes a truth value (documentation, REINDEX). */
export function isReindexConcurrent({ params }: ReindexStmt): boolean {
  return (params ?? []).some((option) => {
    if (!('DefElem' in option) || option.DefElem.defname !== 'concurrently') return false;
    return !isFalse(option.DefElem.arg);
  });
}

function isFalse(value: Node | undefined): boolean {
  if (value === undefined) return false;
  if ('String' in value) return /^(false|off)$/i.test(value.String.sval ?? '');
  if ('Boolean' in value) return value.Boolean.boolval !== true;
  return 'Integer' in value && (value.Integer.ival ?? 0) === 0;
}

function rebuiltIndex(work: Work, index: string, isConcurrent: boolean): RelationEffect {
  if (isConcurrent) return touch(work, index, 'ShareUpdateExclusiveLock', 'it is replaced by a new one');
  return touch(work, index, 'AccessExclusiveLock', 'it is built anew', { rewrite: true });
}

type Reindexed = { readonly table: string; readonly indexes: readonly string[] };

function reindexed({ kind, relation }: ReindexStmt, work: Work): readonly Reindexed[] | undefined {
  const name = relationName(work.catalog, relation);
  if (kind === 'REINDEX_OBJECT_INDEX') {
    const table = known(work, name)?.table;
    return table === undefined ? undefined : [{ table, indexes: [name] }];
  }
  if (kind !== 'REINDEX_OBJECT_TABLE') return undefined;
  // Inheritance children are left alone.
  const tables = known(work, name)?.kind === 'partitioned table' ? family(work, relation) : [name];
  return tables
    .filter((table) => hasRows(work, table))
    .map((table) => ({ table, indexes: indexesOf(work.catalog, table).map((index) => index.name) }));
}
