import type { PartitionBoundSpec } from '@pgsql/types';
import { lacksIndex } from '../apply/partitions.ts';
import type { Constraint, Relation } from '../catalog.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { childrenOf, foreignKeysOf, foreignKeysTo, indexesOf, sameForeignKey } from '../graph.ts';
import { relationName } from '../names.ts';
import { excludesBound, impliesBound } from '../partition-bound.ts';
import { scanAll } from './add-column.ts';
import { checkForeignKey, referencedTables, referencing } from './foreign-keys.ts';
import type { Command } from './subcommands.ts';
import { familyOf, hasRows, known, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

const LOCK = 'AccessExclusiveLock';

/** The new partition is locked whole and checked against its bound, unless its own constraints prove it; it gets the parent's indexes and foreign keys that it lacks. */
export function attachPartition({ work, table, command }: Command): readonly RelationEffect[] {
  const { def } = command;
  if (def === undefined || !('PartitionCmd' in def)) return [];
  const { bound } = def.PartitionCmd;
  const partition = relationName(work.catalog, def.PartitionCmd.name);
  const members = familyOf(work, partition);
  const isProven = isImplied(work, table, partition, bound);
  return [
    ...members.map((name) => touch(work, name, LOCK, `it is attached to ${table}`)),
    ...(isProven ? [] : scanAll(work, members, 'its rows are checked against the bound')),
    ...defaultPartition(work, table, bound),
    ...parentIndexes(work, table),
    ...members.flatMap((name) => indexesMade(work, table, partition, name)),
    ...foreignKeysOf(known(work, table)).flatMap((key) => sharedKey(work, partition, members, key)),
    ...keysToPartition(work, table),
  ];
}

/** A DEFAULT partition without sisters takes everything, so there is nothing to check. */
function isImplied(
  work: Work,
  parent: string,
  partition: string,
  bound: PartitionBoundSpec | undefined,
): boolean {
  const sisters = childrenOf(work.catalog, parent);
  if (bound?.is_default && sisters.length === 0) return true;
  const child = known(work, partition);
  return child !== undefined && impliesBound(child, known(work, parent), bound);
}

function indexesMade(
  work: Work,
  parent: string,
  partition: string,
  member: string,
): readonly RelationEffect[] {
  if (!hasRows(work, member)) return [];
  return indexesOf(work.catalog, parent)
    .filter((index) => lacksIndex(work.catalog, index, partition) && lacksIndex(work.catalog, index, member))
    .map((index) =>
      touch(work, member, LOCK, `${index.name} needs a part on it`, { builds: `a part of ${index.name}` }),
    );
}

/** A foreign key like the parent's own is merged, for which its triggers are dropped; else one is made and checked. */
function sharedKey(
  work: Work,
  partition: string,
  members: readonly string[],
  key: Constraint,
): readonly RelationEffect[] {
  const { references = '' } = key;
  const hasOwn = foreignKeysOf(known(work, partition)).some((own) => sameForeignKey(own, key));
  const lock: LockMode = hasOwn ? LOCK : 'ShareRowExclusiveLock';
  const locked = referencedTables(work, references).map((name) =>
    touch(work, name, lock, 'the partition’s foreign key refers to it'),
  );
  if (hasOwn || !key.validated) return locked;
  return [...locked, ...checkForeignKey(work, { tables: members, references, lock: LOCK })];
}

/** A new partition: everybody waits for its parent, and the default partition is searched. */
export function newPartition(
  work: Work,
  parent: string,
  bound: PartitionBoundSpec | undefined,
): readonly RelationEffect[] {
  return [
    touch(work, parent, LOCK, 'a partition is made in it'),
    ...defaultPartition(work, parent, bound),
    ...parentIndexes(work, parent),
    ...referencedBy(work, parent),
    ...keysToPartition(work, parent),
  ];
}

/** The default partition must not hold rows of the new one. */
function defaultPartition(
  work: Work,
  table: string,
  bound: PartitionBoundSpec | undefined,
): readonly RelationEffect[] {
  const parent = known(work, table);
  return defaultsOf(work, table).flatMap((partition) => [
    touch(work, partition.name, LOCK, 'it must hold no row of the new partition'),
    ...(excludesBound(partition, parent, bound)
      ? []
      : scanAll(work, familyOf(work, partition.name), 'it is searched for rows of the new partition')),
  ]);
}

function defaultsOf(work: Work, table: string): readonly Relation[] {
  return childrenOf(work.catalog, table).filter(({ isDefaultPartition }) => isDefaultPartition);
}

/** The parent's indexes get a part on the partition. */
function parentIndexes(work: Work, parent: string): readonly RelationEffect[] {
  return indexesOf(work.catalog, parent).map(({ name }) =>
    touch(work, name, 'ShareUpdateExclusiveLock', 'it gets a part on the partition'),
  );
}

/** The parent's foreign keys are made on the partition too. */
function referencedBy(work: Work, table: string): readonly RelationEffect[] {
  return foreignKeysOf(known(work, table)).flatMap(({ references }) =>
    referencedTables(work, references ?? '').map((name) =>
      touch(work, name, 'ShareRowExclusiveLock', 'the partition’s foreign key refers to it'),
    ),
  );
}

/** Foreign keys to the parent refer to the partition, too. */
function keysToPartition(work: Work, parent: string): readonly RelationEffect[] {
  const lock = holds(work, 'partitionedReferencesHaveTriggers') ? 'ShareRowExclusiveLock' : 'AccessShareLock';
  const tables = foreignKeysTo(work.catalog, parent).map(({ table }) => table);
  const names = new Set(tables.map(({ name }) => name));
  // What a partition has from its parent is done with the parent.
  const roots = tables.filter(({ parents }) => !parents.some((name) => names.has(name)));
  return roots.map((table) => referencing(table, work, lock));
}

export function detachLock({ command }: Command): LockMode {
  const isConcurrent = command.def && 'PartitionCmd' in command.def && command.def.PartitionCmd.concurrent;
  return isConcurrent ? 'ShareUpdateExclusiveLock' : LOCK;
}

export function detachPartition({ work, table, command }: Command): readonly RelationEffect[] {
  const { def } = command;
  if (def === undefined || !('PartitionCmd' in def)) return [];
  const partition = relationName(work.catalog, def.PartitionCmd.name);
  const keys = foreignKeysOf(known(work, table));
  return [
    touch(work, partition, partitionLock(work, keys), `it is detached from ${table}`),
    ...familyOf(work, partition)
      .slice(1)
      .map((name) => touch(work, name, LOCK, `its parent is detached from ${table}`)),
    ...indexesOf(work.catalog, partition)
      .filter(({ parents }) => parents.some((name) => known(work, name)?.table === table))
      .map(({ name }) => touch(work, name, LOCK, 'it is detached from its parent')),
    ...defaultsOf(work, table).map(({ name }) => touch(work, name, LOCK, 'its bound changes')),
    ...keys.flatMap((key) => keptTriggers(work, key)),
    ...foreignKeysTo(work.catalog, table).map((key) => referencing(key.table, work, LOCK)),
  ];
}

/** Before 14 a lighter lock, but for a foreign key whose triggers on the partition are made anew. */
function partitionLock(work: Work, keys: readonly Constraint[]): LockMode {
  const isWhole =
    holds(work, 'detachLocksPartitionWhole') || keys.some((key) => refersToPartitioned(work, key));
  return isWhole ? LOCK : 'ShareUpdateExclusiveLock';
}

/** The partition keeps its foreign keys, with triggers of its own on the tables that they refer to. */
function keptTriggers(work: Work, key: Constraint): readonly RelationEffect[] {
  if (refersToPartitioned(work, key) && !holds(work, 'partitionedReferencesHaveTriggers')) return [];
  return referencedTables(work, key.references ?? '').map((name) =>
    touch(work, name, 'ShareRowExclusiveLock', 'the partition’s foreign key stays'),
  );
}

function refersToPartitioned(work: Work, { references }: Constraint): boolean {
  return known(work, references ?? '')?.kind === 'partitioned table';
}
