import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import type { Rule } from './rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addColumnVolatileDefault,
  addFkValidating,
  alterColumnTypeRewrite,
  createIndexBlocking,
  dropColumn,
  setNotNullScan,
];
