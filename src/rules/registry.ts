import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as alterSequence } from './alter-sequence/rule.ts';
import { rule as combineAlterTable } from './combine-alter-table/rule.ts';
import { rule as createEnum } from './create-enum/rule.ts';
import { rule as createExtension } from './create-extension/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as createPublication } from './create-publication/rule.ts';
import { rule as crossFileLockBudget } from './cross-file-lock-budget/rule.ts';
import { rule as ddlAndDmlSameTransaction } from './ddl-and-dml-same-transaction/rule.ts';
import { rule as deleteWithoutWhere } from './delete-without-where/rule.ts';
import { rule as domainConstraintScan } from './domain-constraint-scan/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropType } from './drop-type/rule.ts';
import { rule as duplicateAssignment } from './duplicate-assignment/rule.ts';
import { rule as enumAddValueUnordered } from './enum-add-value-unordered/rule.ts';
import { rule as enumRenameValue } from './enum-rename-value/rule.ts';
import { rule as enumValueUsedInSameTransaction } from './enum-value-used-in-same-transaction/rule.ts';
import { rule as explicitLockTable } from './explicit-lock-table/rule.ts';
import { rule as functionSignatureChange } from './function-signature-change/rule.ts';
import { rule as hotTableWithoutLockTimeout } from './hot-table-without-lock-timeout/rule.ts';
import { rule as insertBulk } from './insert-bulk/rule.ts';
import { rule as insertWithoutColumns } from './insert-without-columns/rule.ts';
import { rule as intSequence } from './int-sequence/rule.ts';
import { rule as lockTimeoutZeroOrLong } from './lock-timeout-zero-or-long/rule.ts';
import { rule as lockUpgradeInTransaction } from './lock-upgrade-in-transaction/rule.ts';
import { rule as missingApplicationName } from './missing-application-name/rule.ts';
import { rule as missingIdleTimeout } from './missing-idle-timeout/rule.ts';
import { rule as missingLockTimeout } from './missing-lock-timeout/rule.ts';
import { rule as missingStatementTimeout } from './missing-statement-timeout/rule.ts';
import { rule as missingTransactionTimeout } from './missing-transaction-timeout/rule.ts';
import { rule as mixedTransactional } from './mixed-transactional/rule.ts';
import { rule as multiTableStrongLocks } from './multi-table-strong-locks/rule.ts';
import { rule as queryStyle } from './query-style/rule.ts';
import type { Rule } from './rule.ts';
import { rule as savepointUsage } from './savepoint-usage/rule.ts';
import { rule as selfAssignment } from './self-assignment/rule.ts';
import { rule as sequenceNotReset } from './sequence-not-reset/rule.ts';
import { rule as setLocalOutsideTransaction } from './set-local-outside-transaction/rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as statementAfterAccessExclusive } from './statement-after-access-exclusive/rule.ts';
import { rule as transactionNesting } from './transaction-nesting/rule.ts';
import { rule as unbatchedBackfill } from './unbatched-backfill/rule.ts';
import { rule as uncommittedTransaction } from './uncommitted-transaction/rule.ts';
import { rule as updateToastedColumns } from './update-toasted-columns/rule.ts';
import { rule as updateWithoutWhere } from './update-without-where/rule.ts';
import { rule as upgradeOrDropExtension } from './upgrade-or-drop-extension/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addColumnVolatileDefault,
  addFkValidating,
  alterColumnTypeRewrite,
  alterSequence,
  combineAlterTable,
  createEnum,
  createExtension,
  createIndexBlocking,
  createPublication,
  crossFileLockBudget,
  ddlAndDmlSameTransaction,
  deleteWithoutWhere,
  domainConstraintScan,
  dropColumn,
  dropType,
  duplicateAssignment,
  enumAddValueUnordered,
  enumRenameValue,
  enumValueUsedInSameTransaction,
  explicitLockTable,
  functionSignatureChange,
  hotTableWithoutLockTimeout,
  insertBulk,
  insertWithoutColumns,
  intSequence,
  lockTimeoutZeroOrLong,
  lockUpgradeInTransaction,
  missingApplicationName,
  missingIdleTimeout,
  missingLockTimeout,
  missingStatementTimeout,
  missingTransactionTimeout,
  mixedTransactional,
  multiTableStrongLocks,
  queryStyle,
  savepointUsage,
  selfAssignment,
  sequenceNotReset,
  setLocalOutsideTransaction,
  setNotNullScan,
  statementAfterAccessExclusive,
  transactionNesting,
  unbatchedBackfill,
  uncommittedTransaction,
  updateToastedColumns,
  updateWithoutWhere,
  upgradeOrDropExtension,
];
