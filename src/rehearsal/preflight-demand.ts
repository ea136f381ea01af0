import type { PartitionBoundSpec, RangeVar } from '@pgsql/types';

/** A relation as the statement names it. */
export type Named = { readonly schema?: string | undefined; readonly name: string; readonly only: boolean };

/** One key of an index: a column's name, or an expression's text. */
export type Key = {
  readonly text: string;
  readonly isColumn: boolean;
  readonly collation?: readonly string[] | undefined;
};

/** What a statement asks of the rows that are there. Conditions and expressions are SQL, names are not quoted. */
export type Demand =
  | { readonly kind: 'filled'; readonly table: Named; readonly columns: readonly string[] }
  /** A new column without a value for the rows that are there. */
  | {
      readonly kind: 'empty';
      readonly table: Named;
      readonly column: string;
      readonly type: string | undefined;
    }
  | {
      readonly kind: 'unique';
      readonly table: Named;
      readonly keys: readonly Key[];
      readonly condition?: string | undefined;
      readonly nullsAlike: boolean;
      /** Of IF NOT EXISTS: with such an index nothing is asked. */
      readonly unless?: string | undefined;
    }
  | {
      readonly kind: 'referring';
      readonly table: Named;
      readonly columns: readonly string[];
      readonly referenced: Named;
      /** Empty: the primary key. */
      readonly referencedColumns: readonly string[];
      readonly full: boolean;
    }
  | { readonly kind: 'true'; readonly table: Named; readonly condition: string; readonly subject: string }
  | { readonly kind: 'constraint'; readonly table: Named; readonly name: string }
  | { readonly kind: 'primary index'; readonly table: Named; readonly index: string }
  | {
      readonly kind: 'domain';
      readonly type: string;
      /** The constraint to validate, a new condition on VALUE, or NOT NULL. */
      readonly asks:
        | { readonly validate: string }
        | { readonly condition: string; readonly subject: string }
        | 'filled';
    }
  | {
      readonly kind: 'within';
      readonly parent: Named;
      readonly table: Named;
      readonly bound: PartitionBoundSpec;
    }
  | { readonly kind: 'outside'; readonly parent: Named; readonly bound: PartitionBoundSpec }
  | {
      readonly kind: 'type';
      readonly table: Named;
      readonly column: string;
      readonly type: string;
      readonly modifiers: readonly number[];
      /** The text that is cast by USING …::type; undefined without USING. */
      readonly cast?: string | undefined;
    };

/** The relation that a statement names. */
export function named({ schemaname, relname, inh }: RangeVar): Named {
  return { schema: schemaname, name: relname ?? '', only: !inh };
}

export const NONE: readonly Demand[] = [];
