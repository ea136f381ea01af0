import {
  type SourceColumn,
  type SourceForeignKey,
  type SourceKey,
  type SourceSchema,
  type SourceTable,
  type SourceType,
  type TypeCategory,
  tableKey,
} from '../../../src/masking/source.ts';

const TYPES: Readonly<Record<string, [sql: string, category: TypeCategory]>> = {
  text: ['text', 'text'],
  varchar: ['character varying(40)', 'text'],
  citext: ['public.citext', 'text'],
  int4: ['integer', 'integer'],
  int8: ['bigint', 'integer'],
  bool: ['boolean', 'boolean'],
  uuid: ['uuid', 'uuid'],
  date: ['date', 'date'],
  timestamptz: ['timestamp with time zone', 'timestamp'],
  jsonb: ['jsonb', 'json'],
  tsvector: ['tsvector', 'tsvector'],
  mood: ['public.mood', 'enum'],
  numeric: ['numeric(10,2)', 'numeric'],
};

export function typeOf(base: string): SourceType {
  const [sql, category] = TYPES[base] ?? [base, 'other'];
  return { sql, base, baseSchema: 'pg_catalog', category };
}

/** `'email varchar not null default now()'`, `'id int8 identity'`: a column in short. */
export function column(text: string, more: Partial<SourceColumn> = {}): SourceColumn {
  const [name = '', type = 'text', ...words] = text.split(' ');
  const byDefault = / default (.*)$/.exec(text)?.[1];
  return {
    name,
    number: 1,
    type: typeOf(type),
    notNull: text.includes(' not null'),
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(words.includes('identity') ? { identity: 'always' as const } : {}),
    ...more,
  };
}

/** A key over columns; a part with brackets is an expression. */
export function key(
  kind: SourceKey['kind'],
  parts: readonly string[],
  more: Partial<SourceKey> = {},
): SourceKey {
  const read = parts.map((part): SourceKey['parts'][number] =>
    part.includes('(') ? { expression: part } : { column: part },
  );
  return {
    name: `${parts.join('_')}_key`,
    kind,
    parts: read,
    reads: read.flatMap((part) => ('column' in part ? [part.column] : [])),
    ...more,
  };
}

/** `'user_id -> public.users.id'`. */
export function reference(text: string): SourceForeignKey {
  const [from = '', to = ''] = text.split(' -> ');
  const [schema = '', table = ''] = to.split('.');
  const columns = to.slice(`${schema}.${table}.`.length);
  return {
    name: `${from}_fkey`,
    columns: from.split(','),
    references: tableKey(schema, table),
    referencedColumns: columns.split(','),
    validated: true,
    declared: true,
  };
}

export function table(
  name: string,
  columns: readonly (string | SourceColumn)[],
  more: Partial<SourceTable> = {},
): SourceTable {
  return {
    schema: 'public',
    name,
    kind: 'table',
    inherits: [],
    partitionColumns: [],
    columns: columns.map(
      (one, index): SourceColumn => ({
        ...(typeof one === 'string' ? column(one) : one),
        number: index + 1,
      }),
    ),
    keys: [],
    foreignKeys: [],
    checks: [],
    persistence: 'permanent',
    ...more,
  };
}

export function schema(...tables: readonly SourceTable[]): SourceSchema {
  return {
    version: 18,
    database: 'shop',
    tables: new Map(tables.map((one) => [tableKey(one.schema, one.name), one])),
    extensions: [],
  };
}
