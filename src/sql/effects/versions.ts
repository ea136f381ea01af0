import type { Work } from './touch.ts';

/** The first major version in which a difference holds; each was measured on 13 to 18. */
const SINCE = {
  /** DETACH takes AccessExclusiveLock on the partition, no longer ShareUpdateExclusiveLock. */
  detachLocksPartitionWhole: 14,
  /** Identity columns of partitioned tables, which their partitions share. */
  partitionedIdentity: 17,
  /** GRANT and REVOKE keep AccessShareLock on the relation. */
  grantLocks: 18,
  /** A CHECK with NO INHERIT locks the children all the same. */
  noInheritLocksChildren: 18,
  /** A key added to a partitioned table takes AccessExclusiveLock on the partitions, no longer ShareLock. */
  keyLocksPartitionsWhole: 18,
  /** A query of a partitioned table locks that table's own indexes as well as its partitions'. */
  plannerReadsParentIndexes: 16,
  /** DELETE from a partition does not read its bound, and so not the parent. */
  deleteSparesBound: 14,
  /** VACUUM and ANALYZE go on to inheritance children. */
  maintenanceRecurses: 18,
  /** ALTER TRIGGER … RENAME goes on to the triggers of partitions. */
  triggerRenameRecurses: 15,
} as const;

export function holds({ version }: Work, difference: keyof typeof SINCE): boolean {
  return version >= SINCE[difference];
}
