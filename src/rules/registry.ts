import { rule as addCheckValidating } from './add-check-validating/rule.ts';
import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addExclusionConstraint } from './add-exclusion-constraint/rule.ts';
import { rule as addFkNotValidLocksParent } from './add-fk-not-valid-locks-parent/rule.ts';
import { rule as addFkNotValidPartitioned } from './add-fk-not-valid-partitioned/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as addPkUsingIndexNullable } from './add-pk-using-index-nullable/rule.ts';
import { rule as addPrimaryKeyBuildsIndex } from './add-primary-key-builds-index/rule.ts';
import { rule as addUniqueConstraint } from './add-unique-constraint/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as createTableFkLocksParent } from './create-table-fk-locks-parent/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropFk } from './drop-fk/rule.ts';
import { rule as dropTableLocksParents } from './drop-table-locks-parents/rule.ts';
import { rule as multipleFksOneTransaction } from './multiple-fks-one-transaction/rule.ts';
import type { Rule } from './rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as validateInSameTransaction } from './validate-in-same-transaction/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addCheckValidating,
  addColumnVolatileDefault,
  addExclusionConstraint,
  addFkNotValidLocksParent,
  addFkNotValidPartitioned,
  addFkValidating,
  addPkUsingIndexNullable,
  addPrimaryKeyBuildsIndex,
  addUniqueConstraint,
  alterColumnTypeRewrite,
  createIndexBlocking,
  createTableFkLocksParent,
  dropColumn,
  dropFk,
  dropTableLocksParents,
  multipleFksOneTransaction,
  setNotNullScan,
  validateInSameTransaction,
];
