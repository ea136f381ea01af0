import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as alterSequence } from './alter-sequence/rule.ts';
import { rule as createEnum } from './create-enum/rule.ts';
import { rule as createExtension } from './create-extension/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as createPublication } from './create-publication/rule.ts';
import { rule as ddlAndDmlSameTransaction } from './ddl-and-dml-same-transaction/rule.ts';
import { rule as deleteWithoutWhere } from './delete-without-where/rule.ts';
import { rule as domainConstraintScan } from './domain-constraint-scan/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropType } from './drop-type/rule.ts';
import { rule as duplicateAssignment } from './duplicate-assignment/rule.ts';
import { rule as enumAddValueUnordered } from './enum-add-value-unordered/rule.ts';
import { rule as enumRenameValue } from './enum-rename-value/rule.ts';
import { rule as enumValueUsedInSameTransaction } from './enum-value-used-in-same-transaction/rule.ts';
import { rule as functionSignatureChange } from './function-signature-change/rule.ts';
import { rule as insertBulk } from './insert-bulk/rule.ts';
import { rule as insertWithoutColumns } from './insert-without-columns/rule.ts';
import { rule as intSequence } from './int-sequence/rule.ts';
import { rule as queryStyle } from './query-style/rule.ts';
import type { Rule } from './rule.ts';
import { rule as selfAssignment } from './self-assignment/rule.ts';
import { rule as sequenceNotReset } from './sequence-not-reset/rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as unbatchedBackfill } from './unbatched-backfill/rule.ts';
import { rule as updateToastedColumns } from './update-toasted-columns/rule.ts';
import { rule as updateWithoutWhere } from './update-without-where/rule.ts';
import { rule as upgradeOrDropExtension } from './upgrade-or-drop-extension/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addColumnVolatileDefault,
  addFkValidating,
  alterColumnTypeRewrite,
  alterSequence,
  createEnum,
  createExtension,
  createIndexBlocking,
  createPublication,
  ddlAndDmlSameTransaction,
  deleteWithoutWhere,
  domainConstraintScan,
  dropColumn,
  dropType,
  duplicateAssignment,
  enumAddValueUnordered,
  enumRenameValue,
  enumValueUsedInSameTransaction,
  functionSignatureChange,
  insertBulk,
  insertWithoutColumns,
  intSequence,
  queryStyle,
  selfAssignment,
  sequenceNotReset,
  setNotNullScan,
  unbatchedBackfill,
  updateToastedColumns,
  updateWithoutWhere,
  upgradeOrDropExtension,
];
