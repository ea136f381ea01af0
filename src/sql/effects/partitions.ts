import type { PartitionBoundSpec } from '@pgsql/types';
import type { Relation } from '../catalog.ts';
import type { LockMode, RelationEffect } from '../effect.ts';
import { childrenOf, foreignKeysOf } from '../graph.ts';
import { relationName } from '../names.ts';
import { excludesBound, impliesBound } from '../partition-bound.ts';
import { scanAll } from './add-column.ts';
import type { Command } from './subcommands.ts';
import { familyOf, known, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

/** The new partition is locked whole and checked against its bound, unless its own constraints prove it; a default partition is locked and searched for rows that belong in it. */
export function attachPartition({ work, table, command }: Command): readonly RelationEffect[] {
  const partitionCommand =
    command.def && 'PartitionCmd' in command.def ? command.def.PartitionCmd : undefined;
  if (partitionCommand === undefined) return [];
  const partition = relationName(work.catalog, partitionCommand.name);
  const members = familyOf(work, partition);
  const isProven = isImplied(work, table, partition, partitionCommand.bound);
  return [
    ...members.map((name) => touch(work, name, 'AccessExclusiveLock', `it is attached to ${table}`)),
    ...(isProven ? [] : scanAll(work, members, 'its rows are checked against the bound')),
    ...defaultPartition(work, table, partitionCommand.bound),
    ...referencedBy(work, table),
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

/** The default partition must not hold rows of the new one: it is searched, unless its own constraints exclude them. */
export function defaultPartition(
  work: Work,
  table: string,
  bound: PartitionBoundSpec | undefined,
): readonly RelationEffect[] {
  return childrenOf(work.catalog, table)
    .filter(({ isDefaultPartition }) => isDefaultPartition)
    .flatMap((found) => [
      touch(work, found.name, 'AccessExclusiveLock', 'it must hold no row of the new partition'),
      ...(excludesBound(found, known(work, table), bound)
        ? []
        : scanAll(work, familyOf(work, found.name), 'it is searched for rows of the new partition')),
    ]);
}

/** The parent's foreign keys are made on the partition too. */
export function referencedBy(work: Work, table: string): readonly RelationEffect[] {
  return foreignKeysOf(known(work, table)).flatMap(({ references }) =>
    familyOf(work, references ?? '').map((name) =>
      touch(work, name, 'ShareRowExclusiveLock', 'the partition’s foreign key will refer to it'),
    ),
  );
}

export function detachLock({ command }: Command): LockMode {
  const isConcurrent = command.def && 'PartitionCmd' in command.def && command.def.PartitionCmd.concurrent;
  return isConcurrent ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock';
}

export function detachPartition(command: Command): readonly RelationEffect[] {
  const { work, table } = command;
  const { def } = command.command;
  if (def === undefined || !('PartitionCmd' in def)) return [];
  const partition = relationName(work.catalog, def.PartitionCmd.name);
  const defaults: readonly Relation[] = childrenOf(work.catalog, table).filter(
    ({ isDefaultPartition }) => isDefaultPartition,
  );
  const partitionLock = holds(work, 'detachLocksPartitionWhole')
    ? 'AccessExclusiveLock'
    : 'ShareUpdateExclusiveLock';
  return [
    touch(work, partition, partitionLock, `it is detached from ${table}`),
    ...defaults.map(({ name }) => touch(work, name, 'AccessExclusiveLock', 'its bound changes')),
    ...referencedBy(work, table),
  ];
}
