import type { SourceColumn, SourceTable } from '../source.ts';
import type { Strategy } from '../strategy.ts';

export const PERSONAL_CLASSES = [
  'email',
  'given name',
  'family name',
  'full name',
  'company',
  'username',
  'phone',
  'address',
  'city',
  'postcode',
  'birth date',
  'national id',
  'bank account',
  'payment card',
  'secret',
  'ip address',
  'device id',
  'url',
  'location',
  'special category',
  'medical id',
  'free text',
] as const;

export type PersonalClass = (typeof PERSONAL_CLASSES)[number];

/** Values of one column, clear: they stay in memory, and nothing that is made of them repeats one. */
export type ColumnSample = {
  /** Distinct, not null, as text; elements of arrays, values of hstore, and whole documents of JSON. At most 1,000. */
  readonly values: readonly string[];
  /** Rows that were looked at, nulls included. */
  readonly rows: number;
};

export type DetectionInput = {
  readonly table: SourceTable;
  readonly column: SourceColumn;
  /** Undefined where only the schema is known, as in a pull request. */
  readonly sample?: ColumnSample | undefined;
};

/** What a column seems to hold. */
export type Detection = {
  /** Inside a JSON document: member names, `*` for an array's elements. Empty for the column itself. */
  readonly path: readonly string[];
  readonly class: PersonalClass;
  /** 0 to 1. From 0.5 on a profile must say something about the column. */
  readonly confidence: number;
  /** Words for people, with numbers and without values: "87 % of 512 values pass the IBAN check". */
  readonly because: readonly string[];
  /** It stands in the names of a document's members, which no strategy for documents changes. */
  readonly inNames?: boolean | undefined;
  /** What a first profile says. */
  readonly strategy: Strategy;
};
