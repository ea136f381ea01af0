import { rule as addCheckValidating } from './add-check-validating/rule.ts';
import { rule as addColumnConstrainedDomain } from './add-column-constrained-domain/rule.ts';
import { rule as addColumnGeneratedStored } from './add-column-generated-stored/rule.ts';
import { rule as addColumnGeneratedVirtualCheck } from './add-column-generated-virtual-check/rule.ts';
import { rule as addColumnIdentity } from './add-column-identity/rule.ts';
import { rule as addColumnInlineCheck } from './add-column-inline-check/rule.ts';
import { rule as addColumnInlinePrimaryKey } from './add-column-inline-primary-key/rule.ts';
import { rule as addColumnInlineReferences } from './add-column-inline-references/rule.ts';
import { rule as addColumnInlineUnique } from './add-column-inline-unique/rule.ts';
import { rule as addColumnJson } from './add-column-json/rule.ts';
import { rule as addColumnNotNullNoDefault } from './add-column-not-null-no-default/rule.ts';
import { rule as addColumnSerial } from './add-column-serial/rule.ts';
import { rule as addColumnToPartition } from './add-column-to-partition/rule.ts';
import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addExclusionConstraint } from './add-exclusion-constraint/rule.ts';
import { rule as addFkNotValidLocksParent } from './add-fk-not-valid-locks-parent/rule.ts';
import { rule as addFkNotValidPartitioned } from './add-fk-not-valid-partitioned/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as addNotNullConstraintNative } from './add-not-null-constraint-native/rule.ts';
import { rule as addPkUsingIndexNullable } from './add-pk-using-index-nullable/rule.ts';
import { rule as addPrimaryKeyBuildsIndex } from './add-primary-key-builds-index/rule.ts';
import { rule as addUniqueConstraint } from './add-unique-constraint/rule.ts';
import { rule as alterColumnTypeBlockedByView } from './alter-column-type-blocked-by-view/rule.ts';
import { rule as alterColumnTypeMetadataOnly } from './alter-column-type-metadata-only/rule.ts';
import { rule as alterColumnTypeNarrowing } from './alter-column-type-narrowing/rule.ts';
import { rule as alterColumnTypeRechecksConstraints } from './alter-column-type-rechecks-constraints/rule.ts';
import { rule as alterColumnTypeReindexes } from './alter-column-type-reindexes/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as alterConstraint } from './alter-constraint/rule.ts';
import { rule as alterConstraintEnforced } from './alter-constraint-enforced/rule.ts';
import { rule as alterReferencedKeyType } from './alter-referenced-key-type/rule.ts';
import { rule as alterSequence } from './alter-sequence/rule.ts';
import { rule as analyzeAfterBackfill } from './analyze-after-backfill/rule.ts';
import { rule as attachPartitionScan } from './attach-partition-scan/rule.ts';
import { rule as attachWithDefaultPartition } from './attach-with-default-partition/rule.ts';
import { rule as charN } from './char-n/rule.ts';
import { rule as cluster } from './cluster/rule.ts';
import { rule as columnAlignment } from './column-alignment/rule.ts';
import { rule as combineAlterTable } from './combine-alter-table/rule.ts';
import { rule as concurrentlyIfNotExists } from './concurrently-if-not-exists/rule.ts';
import { rule as concurrentlyInTransaction } from './concurrently-in-transaction/rule.ts';
import { rule as concurrentlyOnPartitioned } from './concurrently-on-partitioned/rule.ts';
import { rule as constraintTightensLiveWrites } from './constraint-tightens-live-writes/rule.ts';
import { rule as createEnum } from './create-enum/rule.ts';
import { rule as createExtension } from './create-extension/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as createIndexPartitionedParent } from './create-index-partitioned-parent/rule.ts';
import { rule as createMatviewWithData } from './create-matview-with-data/rule.ts';
import { rule as createPartitionOf } from './create-partition-of/rule.ts';
import { rule as createPublication } from './create-publication/rule.ts';
import { rule as createRule } from './create-rule/rule.ts';
import { rule as createTableAsLive } from './create-table-as-live/rule.ts';
import { rule as createTableFkLocksParent } from './create-table-fk-locks-parent/rule.ts';
import { rule as createTableIfNotExistsDrift } from './create-table-if-not-exists-drift/rule.ts';
import { rule as createTableLikeOrInherits } from './create-table-like-or-inherits/rule.ts';
import { rule as createTrigger } from './create-trigger/rule.ts';
import { rule as createUnloggedTable } from './create-unlogged-table/rule.ts';
import { rule as crossFileLockBudget } from './cross-file-lock-budget/rule.ts';
import { rule as ddlAndDmlSameTransaction } from './ddl-and-dml-same-transaction/rule.ts';
import { rule as defaultPartitionCreated } from './default-partition-created/rule.ts';
import { rule as deleteWithoutWhere } from './delete-without-where/rule.ts';
import { rule as detachConcurrentlyDefaultPartition } from './detach-concurrently-default-partition/rule.ts';
import { rule as detachPartitionBlocking } from './detach-partition-blocking/rule.ts';
import { rule as disableTrigger } from './disable-trigger/rule.ts';
import { rule as doBlockDdl } from './do-block-ddl/rule.ts';
import { rule as domainConstraintScan } from './domain-constraint-scan/rule.ts';
import { rule as dropAndRecreateTable } from './drop-and-recreate-table/rule.ts';
import { rule as dropBeforeCreateIndex } from './drop-before-create-index/rule.ts';
import { rule as dropCascade } from './drop-cascade/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropColumnDropsConstraints } from './drop-column-drops-constraints/rule.ts';
import { rule as dropConstraint } from './drop-constraint/rule.ts';
import { rule as dropDatabase } from './drop-database/rule.ts';
import { rule as dropFk } from './drop-fk/rule.ts';
import { rule as dropIndexBackingConstraint } from './drop-index-backing-constraint/rule.ts';
import { rule as dropIndexBlocking } from './drop-index-blocking/rule.ts';
import { rule as dropIndexOfForeignKey } from './drop-index-of-foreign-key/rule.ts';
import { rule as dropIndexPartitioned } from './drop-index-partitioned/rule.ts';
import { rule as dropIndexesConcurrently } from './drop-indexes-concurrently/rule.ts';
import { rule as dropNotNull } from './drop-not-null/rule.ts';
import { rule as dropPartition } from './drop-partition/rule.ts';
import { rule as dropPolicy } from './drop-policy/rule.ts';
import { rule as dropPrimaryKey } from './drop-primary-key/rule.ts';
import { rule as dropRequiredColumn } from './drop-required-column/rule.ts';
import { rule as dropSchema } from './drop-schema/rule.ts';
import { rule as dropTable } from './drop-table/rule.ts';
import { rule as dropTableLocksParents } from './drop-table-locks-parents/rule.ts';
import { rule as dropTableRefused } from './drop-table-refused/rule.ts';
import { rule as dropTrigger } from './drop-trigger/rule.ts';
import { rule as dropType } from './drop-type/rule.ts';
import { rule as duplicateAssignment } from './duplicate-assignment/rule.ts';
import { rule as duplicateOrPrefixIndex } from './duplicate-or-prefix-index/rule.ts';
import { rule as dynamicSql } from './dynamic-sql/rule.ts';
import { rule as enumAddValueUnordered } from './enum-add-value-unordered/rule.ts';
import { rule as enumRenameValue } from './enum-rename-value/rule.ts';
import { rule as enumValueUsedInSameTransaction } from './enum-value-used-in-same-transaction/rule.ts';
import { rule as explicitLockTable } from './explicit-lock-table/rule.ts';
import { rule as extensionInPublic } from './extension-in-public/rule.ts';
import { rule as fkMissingIndex } from './fk-missing-index/rule.ts';
import { rule as fkNotDeferrable } from './fk-not-deferrable/rule.ts';
import { rule as fkOnDeleteCascade } from './fk-on-delete-cascade/rule.ts';
import { rule as fkTypeMismatch } from './fk-type-mismatch/rule.ts';
import { rule as fkWithoutIndex } from './fk-without-index/rule.ts';
import { rule as functionSignatureChange } from './function-signature-change/rule.ts';
import { rule as grantPublic } from './grant-public/rule.ts';
import { rule as hotTableWithoutLockTimeout } from './hot-table-without-lock-timeout/rule.ts';
import { rule as identifierNeedsQuotes } from './identifier-needs-quotes/rule.ts';
import { rule as identifierTooLong } from './identifier-too-long/rule.ts';
import { rule as identityByDefault } from './identity-by-default/rule.ts';
import { rule as ifExistsStillLocks } from './if-exists-still-locks/rule.ts';
import { rule as indexCorruption14 } from './index-corruption-14/rule.ts';
import { rule as indexDropPerformance } from './index-drop-performance/rule.ts';
import { rule as indexTotalLimit } from './index-total-limit/rule.ts';
import { rule as inexactOrLegacyType } from './inexact-or-legacy-type/rule.ts';
import { rule as insertBulk } from './insert-bulk/rule.ts';
import { rule as insertWithoutColumns } from './insert-without-columns/rule.ts';
import { rule as intPrimaryKey } from './int-primary-key/rule.ts';
import { rule as intSequence } from './int-sequence/rule.ts';
import { rule as jsonbGinOpclass } from './jsonb-gin-opclass/rule.ts';
import { rule as lockTimeoutAbortsConcurrently } from './lock-timeout-aborts-concurrently/rule.ts';
import { rule as lockTimeoutZeroOrLong } from './lock-timeout-zero-or-long/rule.ts';
import { rule as lockUpgradeInTransaction } from './lock-upgrade-in-transaction/rule.ts';
import { rule as managedPartitions } from './managed-partitions/rule.ts';
import { rule as missingApplicationName } from './missing-application-name/rule.ts';
import { rule as missingComment } from './missing-comment/rule.ts';
import { rule as missingIdleTimeout } from './missing-idle-timeout/rule.ts';
import { rule as missingLockTimeout } from './missing-lock-timeout/rule.ts';
import { rule as missingPrimaryKey } from './missing-primary-key/rule.ts';
import { rule as missingStatementTimeout } from './missing-statement-timeout/rule.ts';
import { rule as missingTransactionTimeout } from './missing-transaction-timeout/rule.ts';
import { rule as mixedTransactional } from './mixed-transactional/rule.ts';
import { rule as multiTableStrongLocks } from './multi-table-strong-locks/rule.ts';
import { rule as multipleFksOneTransaction } from './multiple-fks-one-transaction/rule.ts';
import { rule as noPriorBackup } from './no-prior-backup/rule.ts';
import { rule as nonTransactionalCommand } from './non-transactional-command/rule.ts';
import { rule as notEnforcedConstraint } from './not-enforced-constraint/rule.ts';
import { rule as notRerunnable } from './not-rerunnable/rule.ts';
import { rule as nullableBoolean } from './nullable-boolean/rule.ts';
import { rule as partitionKeyNotInPk } from './partition-key-not-in-pk/rule.ts';
import { rule as partitionedFanout } from './partitioned-fanout/rule.ts';
import { rule as partitioningPolicy } from './partitioning-policy/rule.ts';
import { rule as policyAlwaysTrue } from './policy-always-true/rule.ts';
import { rule as policyChange } from './policy-change/rule.ts';
import { rule as policyWithoutRls } from './policy-without-rls/rule.ts';
import { rule as queryStyle } from './query-style/rule.ts';
import { rule as redundantIndexLeft } from './redundant-index-left/rule.ts';
import { rule as refreshMatviewBlocking } from './refresh-matview-blocking/rule.ts';
import { rule as refreshMatviewConcurrent } from './refresh-matview-concurrent/rule.ts';
import { rule as reindexBlocking } from './reindex-blocking/rule.ts';
import { rule as renameColumn } from './rename-column/rule.ts';
import { rule as renameSchema } from './rename-schema/rule.ts';
import { rule as renameTable } from './rename-table/rule.ts';
import { rule as replaceOrDropView } from './replace-or-drop-view/rule.ts';
import { rule as replaceViewColumns } from './replace-view-columns/rule.ts';
import { rule as replicaIdentityChange } from './replica-identity-change/rule.ts';
import { rule as requiredColumns } from './required-columns/rule.ts';
import { rule as rlsNotEnabled } from './rls-not-enabled/rule.ts';
import { rule as rlsWithoutPolicy } from './rls-without-policy/rule.ts';
import { rule as roleWithSuperuser } from './role-with-superuser/rule.ts';
import type { Rule } from './rule.ts';
import { rule as savepointUsage } from './savepoint-usage/rule.ts';
import { rule as secretInMigration } from './secret-in-migration/rule.ts';
import { rule as securityDefinerSearchPath } from './security-definer-search-path/rule.ts';
import { rule as securityDefinerView } from './security-definer-view/rule.ts';
import { rule as selfAssignment } from './self-assignment/rule.ts';
import { rule as sequenceNotReset } from './sequence-not-reset/rule.ts';
import { rule as serialType } from './serial-type/rule.ts';
import { rule as setAccessMethod } from './set-access-method/rule.ts';
import { rule as setAutovacuumOff } from './set-autovacuum-off/rule.ts';
import { rule as setColumnDefault } from './set-column-default/rule.ts';
import { rule as setExpressionRewrite } from './set-expression-rewrite/rule.ts';
import { rule as setLocalOutsideTransaction } from './set-local-outside-transaction/rule.ts';
import { rule as setLoggedRefused } from './set-logged-refused/rule.ts';
import { rule as setLoggedUnlogged } from './set-logged-unlogged/rule.ts';
import { rule as setNotNullPartitioned } from './set-not-null-partitioned/rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as setNotNullUnproven } from './set-not-null-unproven/rule.ts';
import { rule as setOwner } from './set-owner/rule.ts';
import { rule as setSchema } from './set-schema/rule.ts';
import { rule as setStorageOrCompression } from './set-storage-or-compression/rule.ts';
import { rule as setTablespace } from './set-tablespace/rule.ts';
import { rule as statementAfterAccessExclusive } from './statement-after-access-exclusive/rule.ts';
import { rule as superuserOperations } from './superuser-operations/rule.ts';
import { rule as syntaxOfNewerVersion } from './syntax-of-newer-version/rule.ts';
import { rule as timestampPrecision } from './timestamp-precision/rule.ts';
import { rule as timestampWithoutTz } from './timestamp-without-tz/rule.ts';
import { rule as toggleRls } from './toggle-rls/rule.ts';
import { rule as transactionNesting } from './transaction-nesting/rule.ts';
import { rule as truncate } from './truncate/rule.ts';
import { rule as truncateCascade } from './truncate-cascade/rule.ts';
import { rule as unbatchedBackfill } from './unbatched-backfill/rule.ts';
import { rule as uncommittedTransaction } from './uncommitted-transaction/rule.ts';
import { rule as uniqueMayFailOnData } from './unique-may-fail-on-data/rule.ts';
import { rule as uniqueNotNullNoPk } from './unique-not-null-no-pk/rule.ts';
import { rule as unnamedConstraint } from './unnamed-constraint/rule.ts';
import { rule as unqualifiedObjects } from './unqualified-objects/rule.ts';
import { rule as unqualifiedTable } from './unqualified-table/rule.ts';
import { rule as updateToastedColumns } from './update-toasted-columns/rule.ts';
import { rule as updateWithoutWhere } from './update-without-where/rule.ts';
import { rule as upgradeOrDropExtension } from './upgrade-or-drop-extension/rule.ts';
import { rule as userCatalogTableOption } from './user-catalog-table-option/rule.ts';
import { rule as vacuumFull } from './vacuum-full/rule.ts';
import { rule as validateInSameTransaction } from './validate-in-same-transaction/rule.ts';
import { rule as varcharN } from './varchar-n/rule.ts';
import { rule as vectorIndexParams } from './vector-index-params/rule.ts';
import { rule as volatileCheckConstraint } from './volatile-check-constraint/rule.ts';
import { rule as wideIndex } from './wide-index/rule.ts';
import { rule as writeHotIndexBuild } from './write-hot-index-build/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addCheckValidating,
  addColumnConstrainedDomain,
  addColumnGeneratedStored,
  addColumnGeneratedVirtualCheck,
  addColumnIdentity,
  addColumnInlineCheck,
  addColumnInlinePrimaryKey,
  addColumnInlineReferences,
  addColumnInlineUnique,
  addColumnJson,
  addColumnNotNullNoDefault,
  addColumnSerial,
  addColumnToPartition,
  addColumnVolatileDefault,
  addExclusionConstraint,
  addFkNotValidLocksParent,
  addFkNotValidPartitioned,
  addFkValidating,
  addNotNullConstraintNative,
  addPkUsingIndexNullable,
  addPrimaryKeyBuildsIndex,
  addUniqueConstraint,
  alterColumnTypeBlockedByView,
  alterColumnTypeMetadataOnly,
  alterColumnTypeNarrowing,
  alterColumnTypeRechecksConstraints,
  alterColumnTypeReindexes,
  alterColumnTypeRewrite,
  alterConstraint,
  alterConstraintEnforced,
  alterReferencedKeyType,
  alterSequence,
  analyzeAfterBackfill,
  attachPartitionScan,
  attachWithDefaultPartition,
  charN,
  cluster,
  columnAlignment,
  combineAlterTable,
  concurrentlyIfNotExists,
  concurrentlyInTransaction,
  concurrentlyOnPartitioned,
  constraintTightensLiveWrites,
  createEnum,
  createExtension,
  createIndexBlocking,
  createIndexPartitionedParent,
  createMatviewWithData,
  createPartitionOf,
  createPublication,
  createRule,
  createTableAsLive,
  createTableFkLocksParent,
  createTableIfNotExistsDrift,
  createTableLikeOrInherits,
  createTrigger,
  createUnloggedTable,
  crossFileLockBudget,
  ddlAndDmlSameTransaction,
  defaultPartitionCreated,
  deleteWithoutWhere,
  detachConcurrentlyDefaultPartition,
  detachPartitionBlocking,
  disableTrigger,
  doBlockDdl,
  domainConstraintScan,
  dropAndRecreateTable,
  dropBeforeCreateIndex,
  dropCascade,
  dropColumn,
  dropColumnDropsConstraints,
  dropConstraint,
  dropDatabase,
  dropFk,
  dropIndexBackingConstraint,
  dropIndexBlocking,
  dropIndexOfForeignKey,
  dropIndexPartitioned,
  dropIndexesConcurrently,
  dropNotNull,
  dropPartition,
  dropPolicy,
  dropPrimaryKey,
  dropRequiredColumn,
  dropSchema,
  dropTable,
  dropTableLocksParents,
  dropTableRefused,
  dropTrigger,
  dropType,
  duplicateAssignment,
  duplicateOrPrefixIndex,
  dynamicSql,
  enumAddValueUnordered,
  enumRenameValue,
  enumValueUsedInSameTransaction,
  explicitLockTable,
  extensionInPublic,
  fkMissingIndex,
  fkNotDeferrable,
  fkOnDeleteCascade,
  fkTypeMismatch,
  fkWithoutIndex,
  functionSignatureChange,
  grantPublic,
  hotTableWithoutLockTimeout,
  identifierNeedsQuotes,
  identifierTooLong,
  identityByDefault,
  ifExistsStillLocks,
  indexCorruption14,
  indexDropPerformance,
  indexTotalLimit,
  inexactOrLegacyType,
  insertBulk,
  insertWithoutColumns,
  intPrimaryKey,
  intSequence,
  jsonbGinOpclass,
  lockTimeoutAbortsConcurrently,
  lockTimeoutZeroOrLong,
  lockUpgradeInTransaction,
  managedPartitions,
  missingApplicationName,
  missingComment,
  missingIdleTimeout,
  missingLockTimeout,
  missingPrimaryKey,
  missingStatementTimeout,
  missingTransactionTimeout,
  mixedTransactional,
  multiTableStrongLocks,
  multipleFksOneTransaction,
  noPriorBackup,
  nonTransactionalCommand,
  notEnforcedConstraint,
  notRerunnable,
  nullableBoolean,
  partitionKeyNotInPk,
  partitionedFanout,
  partitioningPolicy,
  policyAlwaysTrue,
  policyChange,
  policyWithoutRls,
  queryStyle,
  redundantIndexLeft,
  refreshMatviewBlocking,
  refreshMatviewConcurrent,
  reindexBlocking,
  renameColumn,
  renameSchema,
  renameTable,
  replaceOrDropView,
  replaceViewColumns,
  replicaIdentityChange,
  requiredColumns,
  rlsNotEnabled,
  rlsWithoutPolicy,
  roleWithSuperuser,
  savepointUsage,
  secretInMigration,
  securityDefinerSearchPath,
  securityDefinerView,
  selfAssignment,
  sequenceNotReset,
  serialType,
  setAccessMethod,
  setAutovacuumOff,
  setColumnDefault,
  setExpressionRewrite,
  setLocalOutsideTransaction,
  setLoggedRefused,
  setLoggedUnlogged,
  setNotNullPartitioned,
  setNotNullScan,
  setNotNullUnproven,
  setOwner,
  setSchema,
  setStorageOrCompression,
  setTablespace,
  statementAfterAccessExclusive,
  superuserOperations,
  syntaxOfNewerVersion,
  timestampPrecision,
  timestampWithoutTz,
  toggleRls,
  transactionNesting,
  truncate,
  truncateCascade,
  unbatchedBackfill,
  uncommittedTransaction,
  uniqueMayFailOnData,
  uniqueNotNullNoPk,
  unnamedConstraint,
  unqualifiedObjects,
  unqualifiedTable,
  updateToastedColumns,
  updateWithoutWhere,
  upgradeOrDropExtension,
  userCatalogTableOption,
  vacuumFull,
  validateInSameTransaction,
  varcharN,
  vectorIndexParams,
  volatileCheckConstraint,
  wideIndex,
  writeHotIndexBuild,
];
