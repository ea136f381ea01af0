import { rule as addCheckValidating } from './add-check-validating/rule.ts';
import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addExclusionConstraint } from './add-exclusion-constraint/rule.ts';
import { rule as addFkNotValidLocksParent } from './add-fk-not-valid-locks-parent/rule.ts';
import { rule as addFkNotValidPartitioned } from './add-fk-not-valid-partitioned/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as addNotNullConstraintNative } from './add-not-null-constraint-native/rule.ts';
import { rule as addPkUsingIndexNullable } from './add-pk-using-index-nullable/rule.ts';
import { rule as addPrimaryKeyBuildsIndex } from './add-primary-key-builds-index/rule.ts';
import { rule as addUniqueConstraint } from './add-unique-constraint/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as alterConstraint } from './alter-constraint/rule.ts';
import { rule as alterConstraintEnforced } from './alter-constraint-enforced/rule.ts';
import { rule as analyzeAfterBackfill } from './analyze-after-backfill/rule.ts';
import { rule as cluster } from './cluster/rule.ts';
import { rule as concurrentlyIfNotExists } from './concurrently-if-not-exists/rule.ts';
import { rule as concurrentlyInTransaction } from './concurrently-in-transaction/rule.ts';
import { rule as concurrentlyOnPartitioned } from './concurrently-on-partitioned/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as createIndexPartitionedParent } from './create-index-partitioned-parent/rule.ts';
import { rule as createMatviewWithData } from './create-matview-with-data/rule.ts';
import { rule as createRule } from './create-rule/rule.ts';
import { rule as createTableAsLive } from './create-table-as-live/rule.ts';
import { rule as createTableFkLocksParent } from './create-table-fk-locks-parent/rule.ts';
import { rule as createTableIfNotExistsDrift } from './create-table-if-not-exists-drift/rule.ts';
import { rule as createTableLikeOrInherits } from './create-table-like-or-inherits/rule.ts';
import { rule as createTrigger } from './create-trigger/rule.ts';
import { rule as createUnloggedTable } from './create-unlogged-table/rule.ts';
import { rule as disableTrigger } from './disable-trigger/rule.ts';
import { rule as dropAndRecreateTable } from './drop-and-recreate-table/rule.ts';
import { rule as dropCascade } from './drop-cascade/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropConstraint } from './drop-constraint/rule.ts';
import { rule as dropDatabase } from './drop-database/rule.ts';
import { rule as dropFk } from './drop-fk/rule.ts';
import { rule as dropIndexBackingConstraint } from './drop-index-backing-constraint/rule.ts';
import { rule as dropIndexBlocking } from './drop-index-blocking/rule.ts';
import { rule as dropIndexPartitioned } from './drop-index-partitioned/rule.ts';
import { rule as dropPolicy } from './drop-policy/rule.ts';
import { rule as dropPrimaryKey } from './drop-primary-key/rule.ts';
import { rule as dropSchema } from './drop-schema/rule.ts';
import { rule as dropTable } from './drop-table/rule.ts';
import { rule as dropTableLocksParents } from './drop-table-locks-parents/rule.ts';
import { rule as dropTrigger } from './drop-trigger/rule.ts';
import { rule as ifExistsStillLocks } from './if-exists-still-locks/rule.ts';
import { rule as lockTimeoutAbortsConcurrently } from './lock-timeout-aborts-concurrently/rule.ts';
import { rule as multipleFksOneTransaction } from './multiple-fks-one-transaction/rule.ts';
import { rule as nonTransactionalCommand } from './non-transactional-command/rule.ts';
import { rule as notEnforcedConstraint } from './not-enforced-constraint/rule.ts';
import { rule as policyChange } from './policy-change/rule.ts';
import { rule as refreshMatviewBlocking } from './refresh-matview-blocking/rule.ts';
import { rule as refreshMatviewConcurrent } from './refresh-matview-concurrent/rule.ts';
import { rule as reindexBlocking } from './reindex-blocking/rule.ts';
import { rule as renameSchema } from './rename-schema/rule.ts';
import { rule as renameTable } from './rename-table/rule.ts';
import { rule as replaceOrDropView } from './replace-or-drop-view/rule.ts';
import { rule as replaceViewColumns } from './replace-view-columns/rule.ts';
import { rule as replicaIdentityChange } from './replica-identity-change/rule.ts';
import type { Rule } from './rule.ts';
import { rule as setAccessMethod } from './set-access-method/rule.ts';
import { rule as setAutovacuumOff } from './set-autovacuum-off/rule.ts';
import { rule as setLoggedUnlogged } from './set-logged-unlogged/rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as setOwner } from './set-owner/rule.ts';
import { rule as setSchema } from './set-schema/rule.ts';
import { rule as setTablespace } from './set-tablespace/rule.ts';
import { rule as toggleRls } from './toggle-rls/rule.ts';
import { rule as truncate } from './truncate/rule.ts';
import { rule as truncateCascade } from './truncate-cascade/rule.ts';
import { rule as uniqueMayFailOnData } from './unique-may-fail-on-data/rule.ts';
import { rule as userCatalogTableOption } from './user-catalog-table-option/rule.ts';
import { rule as vacuumFull } from './vacuum-full/rule.ts';
import { rule as validateInSameTransaction } from './validate-in-same-transaction/rule.ts';
import { rule as volatileCheckConstraint } from './volatile-check-constraint/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addCheckValidating,
  addColumnVolatileDefault,
  addExclusionConstraint,
  addFkNotValidLocksParent,
  addFkNotValidPartitioned,
  addFkValidating,
  addNotNullConstraintNative,
  addPkUsingIndexNullable,
  addPrimaryKeyBuildsIndex,
  addUniqueConstraint,
  alterColumnTypeRewrite,
  alterConstraint,
  alterConstraintEnforced,
  analyzeAfterBackfill,
  cluster,
  concurrentlyIfNotExists,
  concurrentlyInTransaction,
  concurrentlyOnPartitioned,
  createIndexBlocking,
  createIndexPartitionedParent,
  createMatviewWithData,
  createRule,
  createTableAsLive,
  createTableFkLocksParent,
  createTableIfNotExistsDrift,
  createTableLikeOrInherits,
  createTrigger,
  createUnloggedTable,
  disableTrigger,
  dropAndRecreateTable,
  dropCascade,
  dropColumn,
  dropConstraint,
  dropDatabase,
  dropFk,
  dropIndexBackingConstraint,
  dropIndexBlocking,
  dropIndexPartitioned,
  dropPolicy,
  dropPrimaryKey,
  dropSchema,
  dropTable,
  dropTableLocksParents,
  dropTrigger,
  ifExistsStillLocks,
  lockTimeoutAbortsConcurrently,
  multipleFksOneTransaction,
  nonTransactionalCommand,
  notEnforcedConstraint,
  policyChange,
  refreshMatviewBlocking,
  refreshMatviewConcurrent,
  reindexBlocking,
  renameSchema,
  renameTable,
  replaceOrDropView,
  replaceViewColumns,
  replicaIdentityChange,
  setAccessMethod,
  setAutovacuumOff,
  setLoggedUnlogged,
  setNotNullScan,
  setOwner,
  setSchema,
  setTablespace,
  toggleRls,
  truncate,
  truncateCascade,
  uniqueMayFailOnData,
  userCatalogTableOption,
  vacuumFull,
  validateInSameTransaction,
  volatileCheckConstraint,
];
