/** What a mask has to know of a value's type. */
export type TypeCategory =
  | 'text'
  | 'integer'
  | 'numeric'
  | 'float'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'time'
  | 'interval'
  | 'uuid'
  | 'network'
  | 'mac'
  | 'json'
  | 'bytes'
  | 'enum'
  | 'array'
  | 'hstore'
  | 'composite'
  | 'range'
  | 'tsvector'
  | 'geometric'
  | 'other';

export type SourceType = {
  /** As format_type writes it with an empty search_path: `character varying(20)`, `public.mood`, `text[]`. Safe to stand in SQL. */
  readonly sql: string;
  /** pg_type.typname below all domains: text, varchar, bpchar, citext, int4, jsonb … */
  readonly base: string;
  /** pg_type's schema of `base`, so that functions of an extension are found: `pg_catalog`, `public`. */
  readonly baseSchema: string;
  /** Below all domains. */
  readonly category: TypeCategory;
  /** Most characters, of varchar(n) and char(n). */
  readonly maximumLength?: number | undefined;
  /** Of numeric(precision, scale). */
  readonly precision?: number | undefined;
  readonly scale?: number | undefined;
  /** Of an enum, in its order. */
  readonly labels?: readonly string[] | undefined;
  /** Of an array. */
  readonly element?: SourceType | undefined;
  /** Of a composite type. */
  readonly fields?: readonly { readonly name: string; readonly type: SourceType }[] | undefined;
  /** The domain that it is; its CHECK expressions say VALUE. */
  readonly domain?:
    | { readonly name: string; readonly checks: readonly string[]; readonly notNull: boolean }
    | undefined;
};

/** What the planner knows of a column (docs: 53.32, pg_stats), without any value of it. */
export type ColumnStatistics = {
  readonly nullFraction: number;
  /** Distinct values: a count, or, below 0, minus the share of the rows. */
  readonly distinct: number;
  /** Bytes. */
  readonly averageWidth: number;
  readonly correlation?: number | undefined;
  /** Shares of the rows that the most frequent values have, largest first. */
  readonly frequencies: readonly number[];
};

export type SourceColumn = {
  readonly name: string;
  /** pg_attribute.attnum. */
  readonly number: number;
  readonly type: SourceType;
  readonly notNull: boolean;
  /** SQL text of the default. */
  readonly default?: string | undefined;
  /** Computed by the server from the row's other columns. */
  readonly generated?: 'stored' | 'virtual' | undefined;
  readonly identity?: 'always' | 'by default' | undefined;
  readonly statistics?: ColumnStatistics | undefined;
};

/** A primary key, a unique constraint, a unique index, or an exclusion constraint. */
export type SourceKey = {
  readonly name: string;
  readonly kind: 'primary key' | 'unique' | 'exclusion';
  /** One entry for each key part: a column's name, or an expression as SQL text such as `lower(email)`. */
  readonly parts: readonly ({ readonly column: string } | { readonly expression: string })[];
  /** Every column that it reads anywhere, predicate and expressions included. */
  readonly reads: readonly string[];
  /** WHERE of a partial index. */
  readonly predicate?: string | undefined;
  /** NULLS NOT DISTINCT (Postgres 15 on): two rows with NULL are equal. */
  readonly nullsNotDistinct?: boolean | undefined;
};

export type SourceForeignKey = {
  readonly name: string;
  readonly columns: readonly string[];
  /** Key of the referenced table in SourceSchema.tables. */
  readonly references: string;
  readonly referencedColumns: readonly string[];
  readonly validated: boolean;
  /** False for a link that the profile declares and the catalog does not know. */
  readonly declared: boolean;
  /** Condition over the own row's columns under which the link holds: of a polymorphic one, `"commentable_type" = 'Post'`. */
  readonly when?: string | undefined;
};

export type SourceCheck = {
  readonly name: string;
  readonly columns: readonly string[];
  /** As pg_get_expr writes it. */
  readonly expression: string;
};

export type SourceTable = {
  readonly schema: string;
  readonly name: string;
  /** A partitioned table holds no rows itself: its partitions do. */
  readonly kind: 'table' | 'partitioned table' | 'foreign table';
  /** Key of the partitioned table that it is a partition of. */
  readonly partitionOf?: string | undefined;
  /** Keys of the tables that it inherits from; empty for a partition. */
  readonly inherits: readonly string[];
  /** Columns that decide in which partition a row stands. */
  readonly partitionColumns: readonly string[];
  /** In the order of their numbers, without dropped ones. */
  readonly columns: readonly SourceColumn[];
  readonly keys: readonly SourceKey[];
  readonly foreignKeys: readonly SourceForeignKey[];
  readonly checks: readonly SourceCheck[];
  readonly persistence: 'permanent' | 'unlogged';
  /** Made by CREATE EXTENSION: its rows come with the extension, unless the extension asks pg_dump for them. */
  readonly ofExtension?: string | undefined;
  /** Set when the extension asks pg_dump for the rows (pg_extension.extconfig): its WHERE clause, with the word, or ''. */
  readonly extensionRows?: string | undefined;
  /** Estimates of pg_class and the statistics views; undefined when nobody knows. */
  readonly rows?: number | undefined;
  readonly bytes?: number | undefined;
  readonly indexBytes?: number | undefined;
  /** Blocks of the heap, as pg_relation_size says: exact, for splitting by ctid. */
  readonly blocks?: number | undefined;
  readonly readsPerSecond?: number | undefined;
  readonly writesPerSecond?: number | undefined;
};

/** The source's schema as data. Holds no value of any row. */
export type SourceSchema = {
  /** Major version. */
  readonly version: number;
  readonly database: string;
  /** By key: `tableKey(schema, name)`. */
  readonly tables: ReadonlyMap<string, SourceTable>;
  readonly extensions: readonly {
    readonly name: string;
    readonly version: string;
    readonly schema: string;
  }[];
};

/** Key of a table: both names quoted as JSON, so that no name can look like another pair. */
export function tableKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}
