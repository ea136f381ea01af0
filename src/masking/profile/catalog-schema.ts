import type { Catalog, Column, Constraint, Relation } from '../../sql/catalog.ts';
import { bareName, schemaOf } from '../../sql/names.ts';
import { splitType } from '../../sql/types.ts';
import {
  type SourceColumn,
  type SourceForeignKey,
  type SourceKey,
  type SourceSchema,
  type SourceTable,
  type SourceType,
  type TypeCategory,
  tableKey,
} from '../source.ts';

const KINDS: Readonly<Record<string, SourceTable['kind']>> = {
  table: 'table',
  'partitioned table': 'partitioned table',
  'foreign table': 'foreign table',
};

/** What the migrations tell of a schema, as a source would: enough for names and types, without statistics. */
export function catalogSchema(catalog: Catalog): SourceSchema {
  const tables = [...catalog.relations.values()].flatMap((relation) => {
    const kind = Object.hasOwn(KINDS, relation.kind) ? KINDS[relation.kind] : undefined;
    return kind === undefined ? [] : [tableOf(relation, kind, catalog)];
  });
  return {
    version: 0,
    database: '',
    tables: new Map(tables.map((table) => [tableKey(table.schema, table.name), table])),
    extensions: [],
  };
}

function keyOf(name: string): string {
  return tableKey(schemaOf(name), bareName(name));
}

function tableOf(relation: Relation, kind: SourceTable['kind'], catalog: Catalog): SourceTable {
  const parents = relation.parents.filter((name) => catalog.relations.has(name));
  const [partitioned] = parents.filter((name) => catalog.relations.get(name)?.kind === 'partitioned table');
  return {
    schema: schemaOf(relation.name),
    name: bareName(relation.name),
    kind,
    ...(partitioned === undefined ? {} : { partitionOf: keyOf(partitioned) }),
    inherits: partitioned === undefined ? parents.map(keyOf) : [],
    partitionColumns: [],
    columns: relation.columns.map((column, index) => columnOf(column, index + 1, catalog)),
    keys: relation.constraints.flatMap(sourceKey),
    foreignKeys: relation.constraints.flatMap((one) => foreignKey(one, catalog)),
    checks: [],
    persistence: relation.unlogged ? 'unlogged' : 'permanent',
  };
}

function columnOf(column: Column, number: number, catalog: Catalog): SourceColumn {
  const { generated } = column;
  return {
    name: column.name,
    number,
    type: typeOf(column.type, catalog),
    notNull: column.notNull,
    ...(column.default === undefined ? {} : { default: column.default }),
    ...(generated === 'identity' ? { identity: 'by default' as const } : {}),
    ...(generated === 'stored' || generated === 'virtual' ? { generated } : {}),
  };
}

function sourceKey({ kind, name, columns }: Constraint): readonly SourceKey[] {
  if (kind !== 'primary key' && kind !== 'unique') return [];
  return [{ kind, name, parts: columns.map((column) => ({ column })), reads: columns }];
}

function foreignKey(constraint: Constraint, catalog: Catalog): readonly SourceForeignKey[] {
  const { kind, references, columns, name, validated } = constraint;
  if (kind !== 'foreign key' || references === undefined) return [];
  const primary = catalog.relations.get(references)?.constraints.find((one) => one.kind === 'primary key');
  const referencedColumns = constraint.referencedColumns ?? primary?.columns ?? [];
  return [{ name, columns, references: keyOf(references), referencedColumns, validated, declared: true }];
}

const CATEGORIES: Readonly<Record<string, TypeCategory>> = {
  text: 'text',
  'character varying': 'text',
  character: 'text',
  name: 'text',
  citext: 'text',
  xml: 'text',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  numeric: 'numeric',
  money: 'numeric',
  real: 'float',
  'double precision': 'float',
  boolean: 'boolean',
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamp',
  'time without time zone': 'time',
  'time with time zone': 'time',
  interval: 'interval',
  uuid: 'uuid',
  inet: 'network',
  cidr: 'network',
  macaddr: 'mac',
  macaddr8: 'mac',
  json: 'json',
  jsonb: 'json',
  bytea: 'bytes',
  tsvector: 'tsvector',
  hstore: 'hstore',
  point: 'geometric',
};

/** pg_type's names where format_type writes others. */
const BASES: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  character: 'bpchar',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  boolean: 'bool',
  real: 'float4',
  'double precision': 'float8',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
};

/** Domains may be made of domains. */
const DEEPEST_DOMAIN = 20;

function typeOf(text: string, catalog: Catalog, depth = 0): SourceType {
  const { base, modifiers, array } = splitType(text);
  if (array) {
    const element = typeOf(text.slice(0, -2), catalog, depth);
    return {
      sql: text,
      base: `_${element.base}`,
      baseSchema: element.baseSchema,
      category: 'array',
      element,
    };
  }
  const known = catalog.types.get(base);
  if (known?.kind === 'domain' && known.base !== undefined && depth < DEEPEST_DOMAIN) {
    return { ...typeOf(known.base, catalog, depth + 1), sql: text };
  }
  const bare = base.includes('.') ? bareName(base) : base;
  const named = Object.hasOwn(CATEGORIES, bare) ? CATEGORIES[bare] : undefined;
  const own = known && known.kind !== 'domain' ? known.kind : undefined;
  const category = own ?? named ?? 'other';
  return {
    sql: text,
    base: Object.hasOwn(BASES, bare) ? (BASES[bare] ?? bare) : bare,
    baseSchema: base.includes('.') ? schemaOf(base) : 'pg_catalog',
    category,
    ...(category === 'text' && modifiers[0] !== undefined ? { maximumLength: modifiers[0] } : {}),
  };
}
