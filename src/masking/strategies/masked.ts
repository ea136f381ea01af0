import type { SourceColumn, SourceTable, SourceType } from '../source.ts';
import type { Distinctness, Refusal } from '../strategy.ts';

/** A value that a strategy is to mask: a column, or a part of one. */
export type Subject = {
  /** Reads the value: short, and free to be written more than once. */
  readonly value: string;
  readonly type: SourceType;
  readonly domain: string;
  readonly column: SourceColumn;
  readonly table: SourceTable;
  readonly masked: ReadonlyMap<string, string>;
};

/** A masked value, NULL for NULL. `sql` may have a plainer type than the subject's: the compiler casts it. */
export type Masked = {
  readonly sql: string;
  readonly distinctness: Distinctness;
  readonly foldsCase: boolean;
  readonly notes: readonly string[];
  /** What CHECK constraints can count on. */
  readonly keeps: Kept;
};

/** What a mask leaves as it was. `shape`: each character's class, the number of characters, and all that is no letter or digit. */
export type Kept = {
  readonly length: boolean;
  readonly shape: boolean;
  /** Values that are not '' stay not ''. */
  readonly filled: boolean;
  /** Nothing is promised: the person who wrote the expression answers. */
  readonly trusted: boolean;
};

export type Outcome = Masked | { readonly refusal: Refusal };

const NOTHING_KEPT: Kept = { length: false, shape: false, filled: true, trusted: false };
export const SHAPE_KEPT: Kept = { length: true, shape: true, filled: true, trusted: false };
export const TRUSTED: Kept = { length: false, shape: false, filled: false, trusted: true };

export const NONE: Distinctness = { kind: 'none' };
export const INJECTIVE: Distinctness = { kind: 'injective' };
export const hash = (count: number): Distinctness => ({ kind: 'hash', bits: count });

/** A masked value with the facts that differ from the plain case: values fall together, case does not fold. */
export function maskedAs(sql: string, facts: Partial<Omit<Masked, 'sql'>> = {}): Masked {
  return { sql, distinctness: NONE, foldsCase: false, notes: [], keeps: NOTHING_KEPT, ...facts };
}

export function refuse(why: string, remedy: string): { readonly refusal: Refusal } {
  return { refusal: { why, remedy } };
}

/** Schema, table and column for people and for errors at run time. */
export function placeOf({ table, column }: Pick<Subject, 'table' | 'column'>): string {
  return `${table.schema}.${table.name}.${column.name}`;
}
