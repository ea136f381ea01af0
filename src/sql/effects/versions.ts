import type { Work } from './touch.ts';

/** The first major version in which a difference holds; each was measured on 13 to 18. */
const SINCE = {
  /** DETACH takes AccessExclusiveLock on the partition, no longer ShareUpdateExclusiveLock. */
  detachLocksPartitionWhole: 14,
  /** A foreign key to a partitioned table has triggers on that table itself, not on its partitions only. */
  partitionedReferencesHaveTriggers: 15,
  /** SET LOGGED and SET UNLOGGED take the table's sequences along. */
  sequencesFollowLogging: 15,
  /** The planner opens the indexes of a partitioned table too, to know what is unique. */
  plannerOpensPartitionedIndexes: 16,
  /** Identity columns of partitioned tables, which their partitions share. */
  partitionedIdentity: 17,
  /** GRANT and REVOKE keep AccessShareLock on the relation. */
  grantLocks: 18,
  /** ADD CONSTRAINT locks partitions and children whatever the constraint is; before, only those that it goes to. */
  addConstraintLocksFamily: 18,
  /** SET NOT NULL on a column that is NOT NULL stops there: NOT NULL is a constraint, which children have already. */
  notNullIsConstraint: 18,
  /** A CHECK with NO INHERIT locks the children all the same. */
  noInheritLocksChildren: 18,
  /** A key added to a partitioned table takes AccessExclusiveLock on the partitions, no longer ShareLock. */
  keyLocksPartitionsWhole: 18,
  /** A query of a partitioned table locks that table's own indexes as well as its partitions'. */
  plannerReadsParentIndexes: 16,
  /** DELETE from a partition and TRUNCATE of it do not read its bound, and so not the parent. */
  deleteSparesBound: 14,
  /** VACUUM and ANALYZE go on to inheritance children. */
  maintenanceRecurses: 18,
  /** ALTER TRIGGER … RENAME goes on to the triggers of partitions. */
  triggerRenameRecurses: 15,
  /** REINDEX goes on to partitions; before, it passes a partitioned table over with a warning. */
  reindexRecurses: 14,
} as const;

export function holds({ version }: Work, difference: keyof typeof SINCE): boolean {
  return version >= SINCE[difference];
}
