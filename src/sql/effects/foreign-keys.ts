import type { Relation } from '../catalog.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { indexesOf } from '../graph.ts';
import { familyOf, hasRows, known, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

/** The tables that a foreign key refers to: the partitions too, but no inheritance children. */
export function referencedTables(work: Work, name: string): readonly string[] {
  return known(work, name)?.kind === 'partitioned table' ? familyOf(work, name) : [name];
}

/** A new foreign key puts triggers on the tables that it refers to. */
export function referenced(work: Work, by: string, name: string): readonly RelationEffect[] {
  return referencedTables(work, name).map((table) =>
    touch(work, table, 'ShareRowExclusiveLock', `a foreign key of ${by} will refer to it`),
  );
}

/** What a table is to a foreign key that is checked. */
type Checked = { readonly tables: readonly string[]; readonly references: string; readonly lock: LockMode };

/**
 * The rows of both sides are joined (RI_Initial_Check): the tables are read, and the planner opens their indexes. A key
 * with PERIOD is checked row by row instead.
 */
export function checkForeignKey(
  work: Work,
  { tables, references, lock }: Checked,
  hasPeriod = false,
): readonly RelationEffect[] {
  const leaves = tables.filter((table) => hasRows(work, table));
  const other = referencedTables(work, references);
  return [
    ...leaves.map((table) =>
      touch(work, table, lock, 'every row is checked against the foreign key', { scan: true }),
    ),
    ...(hasPeriod ? [] : leaves.flatMap((table) => openedIndexes(work, table))),
    ...other.map((table) => touch(work, table, 'AccessShareLock', 'referenced rows are looked for')),
    ...other.flatMap((table) => openedIndexes(work, table, hasPeriod ? 'RowShareLock' : 'AccessShareLock')),
  ];
}

/** The indexes that the planner opens for a query on a table; those of a partitioned table only since 16. */
function openedIndexes(
  work: Work,
  table: string,
  lock: LockMode = 'AccessShareLock',
): readonly RelationEffect[] {
  if (!hasRows(work, table) && !holds(work, 'plannerOpensPartitionedIndexes')) return [];
  return indexesOf(work.catalog, table).map(({ name }) =>
    touch(work, name, lock, 'it is opened to plan the check of a foreign key'),
  );
}

/** Foreign keys of other tables to a partitioned one refer to a partition of it, too: their triggers are made or taken away. */
export function referencing(relation: Relation, work: Work, lock: LockMode): RelationEffect {
  return touch(work, relation.name, lock, 'its foreign key refers to the partition, too');
}
