import type { Strategy } from '../strategy.ts';
import type { ColumnPlace, NamePattern, TableName, TablePattern } from './names.ts';

/** A column's treatment; `like`: the strategy and the key of another column. */
export type ColumnRule = Strategy | { readonly as: 'like'; readonly column: ColumnPlace };

export type ColumnEntry = { readonly pattern: NamePattern; readonly rule: ColumnRule };

/** What the profile says of a table, or of all tables that fit a pattern. */
export type TableEntry = {
  readonly pattern: TablePattern;
  /** `empty`: its rows are left out. */
  readonly rows: 'copy' | 'empty';
  readonly columns: readonly ColumnEntry[];
  /** SQL condition over the own row. */
  readonly subset: string | undefined;
  /** 0 to 1. */
  readonly sample: number | undefined;
};

/** A column that stays clear although it looks personal. */
export type AllowEntry = {
  readonly column: ColumnPlace;
  readonly reason: string;
  readonly owner: string;
  /** ISO 8601 day from which on it holds no more. */
  readonly until: string;
};

/** An object of the schema whose text a person looked at. */
export type TextEntry = {
  /** As the scrub names it. */
  readonly object: string;
  readonly reason: string;
  readonly owner: string;
  /** ISO 8601 day from which on it holds no more. */
  readonly until: string;
};

/** A foreign key that the catalog does not know; with `when`, only of rows that meet the condition. */
export type ProfileLink = {
  readonly from: TableName & { readonly columns: readonly string[] };
  readonly to: TableName & { readonly columns: readonly string[] };
  readonly when: string | undefined;
};

/** Rows that are not masked: accounts that stay usable. */
export type KeepEntry = TableName & {
  readonly where: string;
  readonly reason: string;
  readonly owner: string;
};

/** What becomes of columns that no rule is about. */
export const UNKNOWN = ['fail', 'mask', 'empty'] as const;

/** A masking profile. Its lists are sorted, so that the order of the file's keys says nothing. */
export type MaskingProfile = {
  readonly unknown: (typeof UNKNOWN)[number];
  readonly tables: readonly TableEntry[];
  readonly allow: readonly AllowEntry[];
  readonly texts: readonly TextEntry[];
  readonly links: readonly ProfileLink[];
  readonly keep: readonly KeepEntry[];
  readonly verify: {
    /** Values of the source that are looked for in the baseline. */
    readonly sample: number;
    /** Name of the environment variable that holds further values, one a line. */
    readonly canaries: string | undefined;
    /** Whose plans must stay the same. */
    readonly queries: readonly { readonly name: string; readonly sql: string }[];
  };
};
