import type { SourceType, TypeCategory } from '../masking/source.ts';

/** A row of the types query: a type with a modifier. */
export type TypeRow = {
  readonly type: string;
  readonly modifier: number;
  readonly sql: string;
  readonly name: string;
  readonly schema: string;
  /** pg_type.typtype. */
  readonly kind: string;
  /** pg_type.typcategory. */
  readonly category: string;
  readonly base: string;
  readonly base_modifier: number;
  readonly element: string | null;
  readonly not_null: boolean;
  readonly labels: readonly string[] | null;
  readonly checks: readonly string[] | null;
  readonly fields: readonly (readonly [name: string, type: string, modifier: number])[] | null;
};

/** Of pg_catalog's types by name. */
const BUILT_IN: Readonly<Record<string, TypeCategory>> = {
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  name: 'text',
  char: 'text',
  int2: 'integer',
  int4: 'integer',
  int8: 'integer',
  numeric: 'numeric',
  float4: 'float',
  float8: 'float',
  bool: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  time: 'time',
  timetz: 'time',
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
  point: 'geometric',
  line: 'geometric',
  lseg: 'geometric',
  box: 'geometric',
  path: 'geometric',
  polygon: 'geometric',
  circle: 'geometric',
};

/** Of types that extensions bring, wherever they stand. */
const OF_EXTENSIONS: Readonly<Record<string, TypeCategory>> = {
  citext: 'text',
  hstore: 'hstore',
  geometry: 'geometric',
  geography: 'geometric',
};

/** By pg_type.typtype (docs: 53.64). */
const BY_KIND: Readonly<Record<string, TypeCategory>> = {
  e: 'enum',
  c: 'composite',
  r: 'range',
  m: 'range',
};

const key = (type: string, modifier: number): string => `${type} ${modifier}`;

/** Puts the rows together: gives the type of a column by its OID and modifier. */
export function sourceTypes(rows: readonly TypeRow[]): (type: string, modifier: number) => SourceType {
  const byKey = new Map(rows.map((row) => [key(row.type, row.modifier), row]));
  const made = new Map<string, SourceType>();
  const typeOf = (type: string, modifier: number): SourceType => {
    const known = made.get(key(type, modifier));
    if (known !== undefined) return known;
    const row = byKey.get(key(type, modifier));
    if (row === undefined) throw new Error(`The type ${type} was not read.`);
    const result = row.kind === 'd' ? domainType(row, typeOf) : plainType(row, typeOf);
    made.set(key(type, modifier), result);
    return result;
  };
  return typeOf;
}

type TypeOf = (type: string, modifier: number) => SourceType;

/** A domain over a domain is held by the conditions of both. */
function domainType(row: TypeRow, typeOf: TypeOf): SourceType {
  const below = typeOf(row.base, row.base_modifier);
  return {
    ...below,
    sql: row.sql,
    domain: {
      name: row.sql,
      checks: [...(row.checks ?? []), ...(below.domain?.checks ?? [])],
      notNull: row.not_null || below.domain?.notNull === true,
    },
  };
}

function plainType(row: TypeRow, typeOf: TypeOf): SourceType {
  const { modifier, labels, element, fields } = row;
  return {
    sql: row.sql,
    base: row.name,
    baseSchema: row.schema,
    category: categoryOf(row),
    ...modifiers(row),
    ...(labels === null ? {} : { labels }),
    ...(element === null ? {} : { element: typeOf(element, modifier) }),
    ...(fields === null
      ? {}
      : { fields: fields.map(([name, type, own]) => ({ name, type: typeOf(type, own) })) }),
  };
}

function categoryOf({ name, schema, kind, element, category }: TypeRow): TypeCategory {
  if (element !== null) return 'array';
  const ofKind = BY_KIND[kind];
  if (ofKind !== undefined) return ofKind;
  if (schema === 'pg_catalog') return BUILT_IN[name] ?? 'other';
  // S: the type says of itself that it is a string (docs: 53.64, typcategory codes).
  return OF_EXTENSIONS[name] ?? (category === 'S' ? 'text' : 'other');
}

const HEADER = 4;

/** What a modifier says, as varchar.c and numeric.c pack it; -1 says nothing. */
function modifiers({ name, schema, modifier }: TypeRow): Partial<SourceType> {
  if (modifier < HEADER || schema !== 'pg_catalog') return {};
  if (name === 'varchar' || name === 'bpchar') return { maximumLength: modifier - HEADER };
  if (name !== 'numeric') return {};
  const packed = modifier - HEADER;
  return { precision: (packed >> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 1024) - 1024 };
}
