import type {
  SourceCheck,
  SourceColumn,
  SourceTable,
  SourceType,
  TypeCategory,
} from '../../src/masking/source.ts';

type Facts = Partial<SourceType> & { readonly sql: string; readonly category: TypeCategory };

/** A type as the source's reader gives it: `base` is `sql` unless said otherwise. */
export function typeOf(facts: Facts): SourceType {
  return { base: facts.sql, baseSchema: 'pg_catalog', ...facts };
}

export const TYPES = {
  text: typeOf({ sql: 'text', category: 'text' }),
  varchar: (length: number) =>
    typeOf({ sql: `character varying(${length})`, base: 'varchar', category: 'text', maximumLength: length }),
  char: (length: number) =>
    typeOf({ sql: `character(${length})`, base: 'bpchar', category: 'text', maximumLength: length }),
  int2: typeOf({ sql: 'smallint', base: 'int2', category: 'integer' }),
  int4: typeOf({ sql: 'integer', base: 'int4', category: 'integer' }),
  int8: typeOf({ sql: 'bigint', base: 'int8', category: 'integer' }),
  numeric: typeOf({ sql: 'numeric', category: 'numeric' }),
  decimal: (precision: number, scale: number) =>
    typeOf({ sql: `numeric(${precision},${scale})`, base: 'numeric', category: 'numeric', precision, scale }),
  float4: typeOf({ sql: 'real', base: 'float4', category: 'float' }),
  float8: typeOf({ sql: 'double precision', base: 'float8', category: 'float' }),
  bool: typeOf({ sql: 'boolean', base: 'bool', category: 'boolean' }),
  date: typeOf({ sql: 'date', category: 'date' }),
  timestamp: typeOf({ sql: 'timestamp without time zone', base: 'timestamp', category: 'timestamp' }),
  timestamptz: typeOf({ sql: 'timestamp with time zone', base: 'timestamptz', category: 'timestamp' }),
  time: typeOf({ sql: 'time without time zone', base: 'time', category: 'time' }),
  timetz: typeOf({ sql: 'time with time zone', base: 'timetz', category: 'time' }),
  interval: typeOf({ sql: 'interval', category: 'interval' }),
  uuid: typeOf({ sql: 'uuid', category: 'uuid' }),
  inet: typeOf({ sql: 'inet', category: 'network' }),
  cidr: typeOf({ sql: 'cidr', category: 'network' }),
  macaddr: typeOf({ sql: 'macaddr', category: 'mac' }),
  macaddr8: typeOf({ sql: 'macaddr8', category: 'mac' }),
  json: typeOf({ sql: 'json', category: 'json' }),
  jsonb: typeOf({ sql: 'jsonb', category: 'json' }),
  bytea: typeOf({ sql: 'bytea', category: 'bytes' }),
  tsvector: typeOf({ sql: 'tsvector', category: 'tsvector' }),
  point: typeOf({ sql: 'point', category: 'geometric' }),
  range: (base: string) => typeOf({ sql: base, category: 'range' }),
  enumOf: (sql: string, labels: readonly string[]) =>
    typeOf({ sql, base: sql, baseSchema: 'public', category: 'enum', labels }),
  arrayOf: (element: SourceType) =>
    typeOf({ sql: `${element.sql}[]`, base: `_${element.base}`, category: 'array', element }),
  composite: (sql: string, fields: SourceType['fields']) =>
    typeOf({ sql, baseSchema: 'public', category: 'composite', ...(fields ? { fields } : {}) }),
} as const;

/** A column named `x` unless said otherwise. */
export function columnOf(type: SourceType, facts: Partial<SourceColumn> = {}): SourceColumn {
  return { name: 'x', number: 1, notNull: false, type, ...facts };
}

export function tableOf(columns: readonly SourceColumn[], checks: readonly SourceCheck[] = []): SourceTable {
  return {
    schema: 'public',
    name: 't',
    kind: 'table',
    inherits: [],
    partitionColumns: [],
    columns,
    keys: [],
    foreignKeys: [],
    checks,
    persistence: 'permanent',
  };
}
