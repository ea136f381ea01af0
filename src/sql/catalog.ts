import type { Node } from '@pgsql/types';
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

export type ForeignKeyAction = 'cascade' | 'set null' | 'set default';

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
  /** INITIALLY DEFERRED. */
  readonly deferred?: boolean;
  /** What a foreign key does to the referencing rows; left out, it only forbids. */
  readonly onDelete?: ForeignKeyAction;
  readonly onUpdate?: ForeignKeyAction;
  /** The index behind a primary key, unique or exclusion constraint. */
  readonly index?: string;
};

export type TriggerEvent = 'insert' | 'update' | 'delete' | 'truncate';

/** A trigger of a table: the function that it calls, and what it fires on. */
export type Trigger = {
  readonly name: string;
  readonly function: string;
  readonly on: readonly TriggerEvent[];
  /** UPDATE OF these columns only. */
  readonly columns?: readonly string[];
  readonly forEachRow?: boolean;
  readonly insteadOf?: boolean;
  /** True for DISABLE TRIGGER. */
  readonly disabled?: boolean;
  /** Names of REFERENCING … TABLE, which its function reads like tables. */
  readonly transitionTables?: readonly string[];
};

/** CREATE RULE … ON INSERT, UPDATE or DELETE; `definition` is the whole statement. */
export type Rule = {
  readonly name: string;
  readonly on: Exclude<TriggerEvent, 'truncate'>;
  readonly insteadOf: boolean;
  readonly definition: string;
};

/** A function, procedure or aggregate. */
export type Routine = {
  /** In lower case; `aggregate` for an aggregate. */
  readonly language: string;
  /** The whole CREATE FUNCTION or CREATE PROCEDURE; of an aggregate the functions that it calls, parted by commas. */
  readonly definition: string;
  /** Canonical types of the arguments that a call passes, parted by commas. */
  readonly signature: string;
  /** How many arguments a call passes at least and at most. */
  readonly arguments: readonly [least: number, most: number];
};

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
  /** A partition's bound as ATTACH PARTITION writes it; left out of a DEFAULT one, and where it is not known. */
  readonly partitionBound?: string;
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
  /** Those of a view's own query are not among them. */
  readonly rules?: readonly Rule[];
  /** Functions that a view's query, and a table's rules and policies, call; qualified names. */
  readonly calls?: readonly string[];
  /** The composite type of a table that was made OF it. */
  readonly typeOf?: string;
  /** Qualified names of the extended statistics on it. */
  readonly statistics?: readonly string[];
  /** Publications that name it, or that it is in as a child of one that they name. */
  readonly publications?: readonly string[];
  /** A sequence's owner, `public.orders.id`. */
  readonly ownedBy?: string;
  /** Reads (scans of the table and its indexes) and changed rows per second, from the statistics of a live database. */
  readonly readsPerSecond?: number;
  readonly writesPerSecond?: number;
  /** Estimated rows and bytes; undefined when nobody knows, which counts as large. */
  readonly rows: number | undefined;
  readonly bytes: number | undefined;
  /** A temporary table that goes with the transaction (ON COMMIT DROP). */
  readonly dropsOnCommit?: true;
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
    {
      readonly kind: 'enum' | 'domain' | 'composite' | 'range';
      readonly constrained: boolean;
      readonly base: string | undefined;
      /** Of a composite type. */
      readonly attributes?: readonly Column[];
    }
  >;
  /** Function name (unsigned) → volatility. */
  readonly functions: ReadonlyMap<string, 'immutable' | 'stable' | 'volatile'>;
  /** Function name (unsigned) → its overloads. */
  readonly routines?: ReadonlyMap<string, readonly Routine[]>;
  /** What SET LOCAL hides until the transaction ends, and whether a table goes then. */
  readonly atEnd?: {
    readonly searchPath?: readonly string[];
    readonly drops?: true;
  };
  /** PREPAREd statements of the session. */
  readonly prepared?: ReadonlyMap<string, Node>;
};

export const EMPTY_CATALOG: Catalog = {
  complete: false,
  searchPath: ['public'],
  relations: new Map(),
  types: new Map(),
  functions: new Map(),
};
