import type { LockCase } from './case.ts';
import { aloneCases } from './cases/alone.ts';
import { alterTableForms } from './cases/alter-table-forms.ts';
import { code } from './cases/code.ts';
import { columnTypes } from './cases/column-types.ts';
import { columns } from './cases/columns.ts';
import { constraints } from './cases/constraints.ts';
import { drops } from './cases/drops.ts';
import { indexes } from './cases/indexes.ts';
import { inheritance } from './cases/inheritance.ts';
import { maintenance } from './cases/maintenance.ts';
import { objects } from './cases/objects.ts';
import { partitions } from './cases/partitions.ts';
import { pruning } from './cases/pruning.ts';
import { replayed } from './cases/replayed.ts';
import { rows } from './cases/rows.ts';
import { rulesAndPolicies } from './cases/rules-and-policies.ts';
import { storage } from './cases/storage.ts';
import { tables } from './cases/tables.ts';
import { takenOver } from './cases/taken-over.ts';
import { types } from './cases/types.ts';
import { views } from './cases/views.ts';

/** Every statement of the truth table, by area. */
export const AREAS = {
  alone: aloneCases,
  'alter-table-forms': alterTableForms,
  code,
  'column-types': columnTypes,
  columns,
  constraints,
  drops,
  indexes,
  inheritance,
  maintenance,
  objects,
  partitions,
  pruning,
  replayed,
  rows,
  'rules-and-policies': rulesAndPolicies,
  storage,
  tables,
  'taken-over': takenOver,
  types,
  views,
} as const satisfies Readonly<Record<string, readonly LockCase[]>>;

export const CASES: readonly LockCase[] = Object.values(AREAS).flat();
