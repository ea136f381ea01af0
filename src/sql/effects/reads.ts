import type { Node, RangeVar } from '@pgsql/types';
import type { Relation } from '../catalog.ts';
import type { LockMode } from '../effect.ts';
import { indexesOf } from '../graph.ts';
import { ANYTHING, type KeyCondition } from '../key-condition.ts';
import { livePartitions } from '../live-partitions.ts';
import { relationName } from '../names.ts';
import { callsOf } from './code.ts';
import { conditionOn } from './conditions.ts';
import { familyOf, known, type Touch, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

/** Whether the server's work on a query goes this far. */
export function goesTo({ depth = 'executed' }: Work, wanted: 'rewritten' | 'planned' | 'executed'): boolean {
  return DEPTHS.indexOf(depth) >= DEPTHS.indexOf(wanted);
}

const DEPTHS = ['analyzed', 'rewritten', 'planned', 'executed'] as const;

/** What a query does to a relation that its FROM names: the relation and all that stands behind it, with one lock. */
export function readRange(
  work: Work,
  range: RangeVar,
  lock: LockMode,
  why: string,
  said: readonly Node[] = [],
): readonly Touch[] {
  const name = relationName(work.catalog, range);
  const condition = conditionOn(range, known(work, name), said);
  return readRelation(work, name, lock, why, range.inh === true, condition);
}

/** What stands behind a view is gone through once: views of views that name each other twice would double it each time. */
export function readRelation(
  work: Work,
  name: string,
  lock: LockMode,
  why: string,
  inherits = true,
  condition: KeyCondition = ANYTHING,
  seen: Set<string> = new Set(),
): readonly Touch[] {
  seen.add(name);
  const relation = known(work, name);
  if (relation?.kind === 'view') return readView(work, relation, lock, why, seen);
  if (!goesTo(work, 'planned')) return [touch(work, name, lock, why)];
  return [...planned(work, name, lock, why, inherits, condition), ...readAncestors(work, relation)];
}

/** A view's query takes its place; FOR UPDATE and changes reach through. */
function readView(
  work: Work,
  view: Relation,
  lock: LockMode,
  why: string,
  seen: Set<string>,
): readonly Touch[] {
  const own = touch(work, view.name, lock, why);
  if (!goesTo(work, 'rewritten')) return [own];
  const behind = lock === 'RowShareLock' ? lock : 'AccessShareLock';
  // A view cannot read itself, but a catalog made of SQL that no server takes can say so.
  const read = (name: string): readonly Touch[] =>
    seen.has(name) ? [] : readRelation(work, name, behind, `${view.name} reads it`, true, ANYTHING, seen);
  return [own, ...(view.reads ?? []).flatMap(read), ...(goesTo(work, 'executed') ? callsOf(view, work) : [])];
}

/**
 * The planner locks children and, as strongly as its table, every index (get_relation_info); since 16 those of a
 * partitioned table too, which before it did only when ONLY the table itself was asked for. Partitions that the
 * condition rules out stay unlocked.
 */
export function planned(
  work: Work,
  name: string,
  lock: LockMode,
  why: string,
  inherits = true,
  condition: KeyCondition = ANYTHING,
): readonly Touch[] {
  const members = inherits ? liveMembers(work, name, condition) : [name];
  return members.flatMap((member) => [
    touch(work, member, lock, why),
    ...(plansIndexes(work, member, inherits) ? indexLocks(work, member, lock) : []),
  ]);
}

/** The relation with its children, or with those partitions that rows meeting the condition can be in. */
export function liveMembers(work: Work, name: string, condition: KeyCondition): readonly string[] {
  if (known(work, name)?.kind !== 'partitioned table') return familyOf(work, name);
  return [name, ...livePartitions(work.catalog, name, condition).map((partition) => partition.name)];
}

function plansIndexes(work: Work, name: string, inherits: boolean): boolean {
  const isParent = inherits && known(work, name)?.kind === 'partitioned table';
  return !isParent || holds(work, 'plannerReadsParentIndexes');
}

export function indexLocks(work: Work, table: string, lock: LockMode): readonly Touch[] {
  return indexesOf(work.catalog, table).map((index) =>
    touch(work, index.name, lock, 'it is an index of a table in the query'),
  );
}

/** A partition that is itself partitioned is planned with its own bound, which its parents are read for. */
function readAncestors(work: Work, relation: Relation | undefined): readonly Touch[] {
  if (relation?.kind !== 'partitioned table') return [];
  return boundOf(work, relation.name);
}

/** The parents that a partition's bound is put together from (generate_partition_qual). */
export function boundOf(work: Work, partition: string): readonly Touch[] {
  return partitionedAncestors(work, partition).map((name) =>
    touch(work, name, 'AccessShareLock', 'its partition’s bound is read from it'),
  );
}

/** The partitioned tables that a table is a partition of, nearest first. */
export function partitionedAncestors(work: Work, name: string): readonly string[] {
  const found = new Set<string>();
  for (let next: string | undefined = name; next !== undefined; ) {
    const parents: readonly string[] = known(work, next)?.parents ?? [];
    next = parents.find((parent) => known(work, parent)?.kind === 'partitioned table' && !found.has(parent));
    if (next !== undefined) found.add(next);
  }
  return [...found];
}
