import type { Relation } from './catalog.ts';
import { columnsInText } from './expression.ts';
import { splitType } from './types.ts';

/** Whether a partial index chooses its rows by this column. */
export function predicateReads({ predicate }: Relation, column: string): boolean {
  return predicate !== undefined && columnsInText(predicate).includes(column);
}

/** What a column is before and after ALTER COLUMN … TYPE that leaves the rows as they are. */
export type ColumnChange = {
  readonly column: string;
  readonly from: string;
  readonly to: string;
  /** COLLATE is written. */
  readonly collated: boolean;
};

/**
 * Whether an index that needs the column is built anew although the table is not: CheckIndexCompatible (indexcmds.c)
 * keeps one only if it has no expression and no WHERE, and its keys keep operator class and collation.
 */
export function isRebuilt(table: Relation, index: Relation, change: ColumnChange): boolean {
  const { column, from, to, collated } = change;
  const names = table.columns.map(({ name }) => name);
  if (index.predicate !== undefined || index.indexColumns.some((key) => !names.includes(key))) return true;
  return index.indexColumns.includes(column) && (collated || operatorClass(from) !== operatorClass(to));
}

/** Types that share their default operator classes (pg_opclass). */
const CLASSES: Readonly<Record<string, string>> = { 'character varying': 'text', cidr: 'inet' };

function operatorClass(type: string): string {
  const { base, array } = splitType(type);
  return `${CLASSES[base] ?? base}${array ? '[]' : ''}`;
}
