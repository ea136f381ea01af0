import type { MaskPlan, TablePlan } from '../mask-plan.ts';
import type { SourceColumn, SourceTable, SourceType, TypeCategory } from '../source.ts';
import { tableKey } from '../source.ts';

/** A column whose values must not be seen in the copy. */
export type SensitiveColumn = {
  readonly table: SourceTable;
  readonly column: SourceColumn;
  /** Of a masked column: what its values become, over the own row's columns. Undefined where the whole table is emptied. */
  readonly mask: string | undefined;
  /** Strategy's name; `empty` for a column of an emptied table. */
  readonly strategy: string;
  /**
   * Of a person's own expression that has no entry under `allow`: rows in which a value may stay, a condition over the
   * row's columns. Undefined of all other masks, which leave what is equal by chance or is clear by right.
   */
  readonly staysWhere?: string | undefined;
};

/** Types whose values name nobody, or stand everywhere. */
const DULL: readonly TypeCategory[] = [
  'boolean',
  'enum',
  'date',
  'timestamp',
  'time',
  'interval',
  'float',
  'tsvector',
  'geometric',
];

/** Of an emptied table, whose columns nobody judged one by one: keys and references stand elsewhere by right. */
const SURROGATES: readonly TypeCategory[] = ['integer', 'uuid'];

/** The columns that the plan masks, drops or empties, in the plan's order. */
export function sensitiveColumns(plan: MaskPlan): readonly SensitiveColumn[] {
  return [...plan.tables.values()].flatMap((table) =>
    table.table.kind === 'foreign table' ? [] : table.rows === 'empty' ? emptied(table) : masked(table),
  );
}

function masked(plan: TablePlan): readonly SensitiveColumn[] {
  const columns = new Map(plan.table.columns.map((column) => [column.name, column]));
  return plan.columns.flatMap(({ name, mask }) => {
    const column = columns.get(name);
    if (mask.kind !== 'masked' || column === undefined || isDull(column.type)) return [];
    const isOwn = mask.strategy.as === 'sql' && mask.allowed === undefined;
    const staysWhere = isOwn ? (plan.kept ?? 'false') : undefined;
    return [{ table: plan.table, column, mask: mask.sql, strategy: mask.strategy.as, staysWhere }];
  });
}

function emptied(plan: TablePlan): readonly SensitiveColumn[] {
  const surrogates = keyColumns(plan.table);
  return plan.table.columns
    .filter(({ generated }) => generated === undefined)
    .filter(({ name, type }) => !(surrogates.has(name) && SURROGATES.includes(type.category)))
    .filter(({ type }) => !isDull(type))
    .map((column) => ({ table: plan.table, column, mask: undefined, strategy: 'empty' }));
}

function isDull(type: SourceType): boolean {
  return DULL.includes(type.category) || (type.element !== undefined && isDull(type.element));
}

/** Names of the columns of primary and foreign keys. */
export function keyColumns(table: SourceTable): ReadonlySet<string> {
  const primary = table.keys
    .filter(({ kind }) => kind === 'primary key')
    .flatMap(({ parts }) => parts.flatMap((part) => ('column' in part ? [part.column] : [])));
  return new Set([...primary, ...table.foreignKeys.flatMap(({ columns }) => columns)]);
}

/** What the plan does with a column of the copy. */
export type Fate = 'masked' | 'clear' | 'computed' | 'unplanned';

/** The fate of each column by tableKey and name, as `JSON.stringify([schema, table, column])`. */
export function fates(plan: MaskPlan): ReadonlyMap<string, Fate> {
  return new Map(
    [...plan.tables.values()].flatMap(({ table, columns }) =>
      columns.map(({ name, mask }) => [fateKey(table.schema, table.name, name), mask.kind] as const),
    ),
  );
}

/** Columns that a person allowed to be clear, by `fateKey`. */
export function allowedColumns(plan: MaskPlan): ReadonlySet<string> {
  return new Set(
    [...plan.tables.values()].flatMap(({ table, columns }) =>
      columns
        .filter(({ mask }) => mask.kind === 'clear' && mask.allowed === true)
        .map(({ name }) => fateKey(table.schema, table.name, name)),
    ),
  );
}

/** Key of a column, as in `tableKey`. */
export function fateKey(schema: string, table: string, column: string): string {
  return `${tableKey(schema, table).slice(0, -1)},${JSON.stringify(column)}]`;
}
