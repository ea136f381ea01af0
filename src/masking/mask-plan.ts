import type { SourceTable } from './source.ts';
import type { Strategy } from './strategy.ts';

/** What becomes of one column. */
export type ColumnMask =
  /** It goes as it is. `reason`: from the allow-list, or why it cannot be personal. */
  | {
      readonly kind: 'clear';
      readonly reason: string;
      /** The reason is a person's, from the allow-list. */
      readonly allowed?: boolean | undefined;
    }
  /** Computed by the server from the row's other columns; it is not copied. */
  | { readonly kind: 'computed' }
  | {
      readonly kind: 'masked';
      readonly strategy: Strategy;
      /** The key's domain: columns with the same strategy and domain give equal values equal masks. */
      readonly domain: string;
      /** Over the own row's columns. */
      readonly sql: string;
      /** Why it may leave values as they are, from the allow-list. */
      readonly allowed?: string | undefined;
    };

export type PlannedColumn = { readonly name: string; readonly mask: ColumnMask };

export type TablePlan = {
  /** tableKey. */
  readonly key: string;
  readonly table: SourceTable;
  /** `copy`: its rows go through the masks. `empty`: it is made and stays empty. */
  readonly rows: 'copy' | 'empty';
  /** In the table's order. */
  readonly columns: readonly PlannedColumn[];
  /** Rows that are taken: a condition over the own row's columns, checked. */
  readonly subset?: string | undefined;
  /** Share of the rows that is taken, 0 to 1, by the key's hash of the primary key. */
  readonly sample?: number | undefined;
  /** Rows whose columns are not masked, keys apart: a condition over the own row's columns, checked. */
  readonly kept?: string | undefined;
};

/** A key for which only hashing is to be had, and how likely two of its rows fall together. */
export type CollisionRisk = {
  readonly table: string;
  readonly key: string;
  readonly bits: number;
  /** At the source's estimated rows; undefined when nobody knows them. */
  readonly probability: number | undefined;
};

/** All that a refresh needs to know, worked out before any row is read. */
export type MaskPlan = {
  /** By tableKey. A partitioned table has no plan, its partitions have. */
  readonly tables: ReadonlyMap<string, TablePlan>;
  /** Domains whose keys must be set. */
  readonly domains: readonly string[];
  readonly risks: readonly CollisionRisk[];
  /** For people: what was decided without their word, and what they should know. */
  readonly notes: readonly string[];
};

/** What stands in the way of a plan. All are found before any is told. */
export type PlanProblem = {
  /** `schema.table.column` as SQL, or what else it is about. */
  readonly where: string;
  readonly what: string;
  /** A line to paste into the profile, or what to do. */
  readonly remedy: string;
};
