import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as attachPartitionScan } from './attach-partition-scan/rule.ts';
import { rule as attachWithDefaultPartition } from './attach-with-default-partition/rule.ts';
import { rule as concurrentlyIfNotExists } from './concurrently-if-not-exists/rule.ts';
import { rule as concurrentlyInTransaction } from './concurrently-in-transaction/rule.ts';
import { rule as concurrentlyOnPartitioned } from './concurrently-on-partitioned/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as createIndexPartitionedParent } from './create-index-partitioned-parent/rule.ts';
import { rule as createPartitionOf } from './create-partition-of/rule.ts';
import { rule as defaultPartitionCreated } from './default-partition-created/rule.ts';
import { rule as detachPartitionBlocking } from './detach-partition-blocking/rule.ts';
import { rule as dropBeforeCreateIndex } from './drop-before-create-index/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropIndexBackingConstraint } from './drop-index-backing-constraint/rule.ts';
import { rule as dropIndexBlocking } from './drop-index-blocking/rule.ts';
import { rule as dropIndexPartitioned } from './drop-index-partitioned/rule.ts';
import { rule as dropPartition } from './drop-partition/rule.ts';
import { rule as duplicateOrPrefixIndex } from './duplicate-or-prefix-index/rule.ts';
import { rule as indexCorruption14 } from './index-corruption-14/rule.ts';
import { rule as indexDropPerformance } from './index-drop-performance/rule.ts';
import { rule as indexTotalLimit } from './index-total-limit/rule.ts';
import { rule as jsonbGinOpclass } from './jsonb-gin-opclass/rule.ts';
import { rule as lockTimeoutAbortsConcurrently } from './lock-timeout-aborts-concurrently/rule.ts';
import { rule as managedPartitions } from './managed-partitions/rule.ts';
import { rule as partitionKeyNotInPk } from './partition-key-not-in-pk/rule.ts';
import { rule as partitionedFanout } from './partitioned-fanout/rule.ts';
import { rule as partitioningPolicy } from './partitioning-policy/rule.ts';
import { rule as reindexBlocking } from './reindex-blocking/rule.ts';
import type { Rule } from './rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as vectorIndexParams } from './vector-index-params/rule.ts';
import { rule as wideIndex } from './wide-index/rule.ts';
import { rule as writeHotIndexBuild } from './write-hot-index-build/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addColumnVolatileDefault,
  addFkValidating,
  alterColumnTypeRewrite,
  attachPartitionScan,
  attachWithDefaultPartition,
  concurrentlyIfNotExists,
  concurrentlyInTransaction,
  concurrentlyOnPartitioned,
  createIndexBlocking,
  createIndexPartitionedParent,
  createPartitionOf,
  defaultPartitionCreated,
  detachPartitionBlocking,
  dropBeforeCreateIndex,
  dropColumn,
  dropIndexBackingConstraint,
  dropIndexBlocking,
  dropIndexPartitioned,
  dropPartition,
  duplicateOrPrefixIndex,
  indexCorruption14,
  indexDropPerformance,
  indexTotalLimit,
  jsonbGinOpclass,
  lockTimeoutAbortsConcurrently,
  managedPartitions,
  partitionKeyNotInPk,
  partitionedFanout,
  partitioningPolicy,
  reindexBlocking,
  setNotNullScan,
  vectorIndexParams,
  wideIndex,
  writeHotIndexBuild,
];
