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
import { rule as addColumnVolatileDefault } from './add-column-volatile-default/rule.ts';
import { rule as addFkValidating } from './add-fk-validating/rule.ts';
import { rule as alterColumnTypeBlockedByView } from './alter-column-type-blocked-by-view/rule.ts';
import { rule as alterColumnTypeMetadataOnly } from './alter-column-type-metadata-only/rule.ts';
import { rule as alterColumnTypeNarrowing } from './alter-column-type-narrowing/rule.ts';
import { rule as alterColumnTypeRechecksConstraints } from './alter-column-type-rechecks-constraints/rule.ts';
import { rule as alterColumnTypeReindexes } from './alter-column-type-reindexes/rule.ts';
import { rule as alterColumnTypeRewrite } from './alter-column-type-rewrite/rule.ts';
import { rule as alterReferencedKeyType } from './alter-referenced-key-type/rule.ts';
import { rule as createIndexBlocking } from './create-index-blocking/rule.ts';
import { rule as dropColumnDropsConstraints } from './drop-column-drops-constraints/rule.ts';
import { rule as dropColumn } from './drop-column/rule.ts';
import { rule as dropNotNull } from './drop-not-null/rule.ts';
import { rule as dropRequiredColumn } from './drop-required-column/rule.ts';
import { rule as renameColumn } from './rename-column/rule.ts';
import type { Rule } from './rule.ts';
import { rule as setColumnDefault } from './set-column-default/rule.ts';
import { rule as setExpressionRewrite } from './set-expression-rewrite/rule.ts';
import { rule as setNotNullPartitioned } from './set-not-null-partitioned/rule.ts';
import { rule as setNotNullScan } from './set-not-null-scan/rule.ts';
import { rule as setNotNullUnproven } from './set-not-null-unproven/rule.ts';
import { rule as setStorageOrCompression } from './set-storage-or-compression/rule.ts';

/** Every rule, by name. A folder that is missing here fails the law test. */
export const rules: readonly Rule[] = [
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
  addColumnVolatileDefault,
  addFkValidating,
  alterColumnTypeBlockedByView,
  alterColumnTypeMetadataOnly,
  alterColumnTypeNarrowing,
  alterColumnTypeRechecksConstraints,
  alterColumnTypeReindexes,
  alterColumnTypeRewrite,
  alterReferencedKeyType,
  createIndexBlocking,
  dropColumn,
  dropColumnDropsConstraints,
  dropNotNull,
  dropRequiredColumn,
  renameColumn,
  setColumnDefault,
  setExpressionRewrite,
  setNotNullPartitioned,
  setNotNullScan,
  setNotNullUnproven,
  setStorageOrCompression,
];
