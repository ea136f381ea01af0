import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as analyzeAfterBackfill } from './analyze-after-backfill/rule.ts';
import { rule as cluster } from './cluster/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as createMatviewWithData } from './create-matview-with-data/rule.ts';
import { rule as createTableAsLive } from './create-table-as-live/rule.ts';
import { rule as createTableIfNotExistsDrift } from './create-table-if-not-exists-drift/rule.ts';
import { rule as createTableLikeOrInherits } from './create-table-like-or-inherits/rule.ts';
import { rule as createUnloggedTable } from './create-unlogged-table/rule.ts';
import { rule as dropAndRecreateTable } from './drop-and-recreate-table/rule.ts';
import { rule as dropCascade } from './drop-cascade/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropDatabase } from './drop-database/rule.ts';
import { rule as dropSchema } from './drop-schema/rule.ts';
import { rule as dropTable } from './drop-table/rule.ts';
import { rule as ifExistsStillLocks } from './if-exists-still-locks/rule.ts';
import { rule as nonTransactionalCommand } from './non-transactional-command/rule.ts';
import { rule as refreshMatviewBlocking } from './refresh-matview-blocking/rule.ts';
import { rule as refreshMatviewConcurrent } from './refresh-matview-concurrent/rule.ts';
import { rule as renameSchema } from './rename-schema/rule.ts';
import { rule as renameTable } from './rename-table/rule.ts';
import { rule as replaceOrDropView } from './replace-or-drop-view/rule.ts';
import { rule as replaceViewColumns } from './replace-view-columns/rule.ts';
import type { Rule } from './rule.ts';
import { rule as setAccessMethod } from './set-access-method/rule.ts';
import { rule as setAutovacuumOff } from './set-autovacuum-off/rule.ts';
import { rule as setLoggedUnlogged } from './set-logged-unlogged/rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as setOwner } from './set-owner/rule.ts';
import { rule as setSchema } from './set-schema/rule.ts';
import { rule as setTablespace } from './set-tablespace/rule.ts';
import { rule as truncate } from './truncate/rule.ts';
import { rule as truncateCascade } from './truncate-cascade/rule.ts';
import { rule as userCatalogTableOption } from './user-catalog-table-option/rule.ts';
import { rule as vacuumFull } from './vacuum-full/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
  addColumnVolatileDefault,
  addFkValidating,
  alterColumnTypeRewrite,
  analyzeAfterBackfill,
  cluster,
  createIndexBlocking,
  createMatviewWithData,
  createTableAsLive,
  createTableIfNotExistsDrift,
  createTableLikeOrInherits,
  createUnloggedTable,
  dropAndRecreateTable,
  dropCascade,
  dropColumn,
  dropDatabase,
  dropSchema,
  dropTable,
  ifExistsStillLocks,
  nonTransactionalCommand,
  refreshMatviewBlocking,
  refreshMatviewConcurrent,
  renameSchema,
  renameTable,
  replaceOrDropView,
  replaceViewColumns,
  setAccessMethod,
  setAutovacuumOff,
  setLoggedUnlogged,
  setNotNullScan,
  setOwner,
  setSchema,
  setTablespace,
  truncate,
  truncateCascade,
  userCatalogTableOption,
  vacuumFull,
];
