import type { RelationKind } from './effect.ts';

/** Schema-qualified, unquoted names throughout: `public.orders`. Types are canonical: `integer`, `character varying(20)`, `public.mood`. */
export type Column = {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** The default's SQL text, undefined when there is none. */
  readonly default: string | undefined;
  readonly generated: 'stored' | 'virtual' | 'identity' | undefined;
  /** The columns that a generated one is computed from. */
  readonly computedFrom?: readonly string[];
};

export type Constraint = {
  readonly name: string;
  readonly kind: 'check' | 'not null' | 'primary key' | 'unique' | 'foreign key' | 'exclusion';
  readonly validated: boolean;
  readonly columns: readonly string[];
  /** CHECK expression as SQL text. */
  readonly expression: string | undefined;
  /** Referenced table of a foreign key. */
  readonly references: string | undefined;
  /** Referenced columns of a foreign key; left out, they are the referenced table's primary key. */
  readonly referencedColumns?: readonly string[];
  /** CHECK … NO INHERIT. */
  readonly noInherit?: boolean;
  /** False for NOT ENFORCED (Postgres 18). */
  readonly enforced?: boolean;
  readonly deferrable?: boolean;
  /** The index behind a primary key, unique or exclusion constraint. */
  readonly index?: string;
};

/** A trigger of a table: the function that it calls, and what it fires on. */
export type Trigger = {
  readonly name: string;
  readonly function: string;
  readonly on: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
};

/** A function's body, when its language is one that can be read. */
export type Routine = { readonly language: string; readonly body: string };

export type Relation = {
  readonly name: string;
  readonly kind: RelationKind;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  /** Parents by inheritance or partitioning. */
  readonly parents: readonly string[];
  /** Relations that a view's or materialized view's query reads. */
  readonly reads?: readonly string[];
  /** Of each relation that a view reads the columns, where that is known. */
  readonly readColumns?: Readonly<Record<string, readonly string[]>>;
  /** Columns of a partitioned table's key, expressions as SQL text. */
  readonly partitionKey?: readonly string[];
  /** A DEFAULT partition: what is attached beside it must be looked for in it. */
  readonly isDefaultPartition?: boolean;
  /** The table an index stands on. */
  readonly table: string | undefined;
  /** An index's columns (expressions as SQL text), empty for other relations. */
  readonly indexColumns: readonly string[];
  /** Columns that an index reads beside its key columns: in expressions, INCLUDE and WHERE. */
  readonly otherColumns?: readonly string[];
  readonly unique: boolean;
  /** False for an index that a failed CONCURRENTLY left behind. */
  readonly valid?: boolean;
  /** False for an index with an operator class, a collation or an order of its own at one of its keys. */
  readonly plainKeys?: boolean;
  /** An index's access method: `btree`, `gin`. */
  readonly method?: string;
  /** An index's WHERE as SQL text. */
  readonly predicate?: string;
  readonly unlogged?: boolean;
  /** ENABLE ROW LEVEL SECURITY; `policies` are their names. */
  readonly rowSecurity?: boolean;
  readonly policies?: readonly string[];
  readonly triggers?: readonly Trigger[];
  /** A sequence's owner, `public.orders.id`. */
  readonly ownedBy?: string;
  /** Reads (scans of the table and its indexes) and changed rows per second, from the statistics of a live database. */
  readonly readsPerSecond?: number;
  readonly writesPerSecond?: number;
  /** Estimated rows and bytes; undefined when nobody knows, which counts as large. */
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  /** Made by an earlier statement of the change that is judged: new, and holding no production rows. */
  readonly isNew: boolean;
};

/** A schema as data. Immutable: applying a statement gives a new one. `complete: false` means that tables may exist which it does not list. */
export type Catalog = {
  readonly complete: boolean;
  readonly searchPath: readonly string[];
  /** The session's TimeZone, which decides whether timestamp becomes timestamptz without a rewrite; left out when nobody knows. */
  readonly timeZone?: string;
  readonly relations: ReadonlyMap<string, Relation>;
  /** Type name → what is known of it. */
  readonly types: ReadonlyMap<
    string,
    { kind: 'enum' | 'domain' | 'composite' | 'range'; constrained: boolean; base: string | undefined }
  >;
  /** Function name (unsigned) → volatility. */
  readonly functions: ReadonlyMap<string, 'immutable' | 'stable' | 'volatile'>;
  /** Function name (unsigned) → the bodies of its overloads. */
  readonly routines?: ReadonlyMap<string, readonly Routine[]>;
};

export const EMPTY_CATALOG: Catalog = {
  complete: false,
  searchPath: ['public'],
  relations: new Map(),
  types: new Map(),
  functions: new Map(),
};
