import type { Catalog, Column, Constraint, Relation } from '../sql/catalog.ts';
import { COLUMNS, CONSTRAINTS, FUNCTIONS, INDEXES, RELATIONS, TYPES } from './catalog-queries.ts';
import type { Connection } from './connection.ts';
import { RELATION_KINDS } from './relation-kinds.ts';

type Row = Readonly<Record<string, unknown>>;
type TypeInfo = Catalog['types'] extends ReadonlyMap<string, infer T> ? T : never;

const CONSTRAINT_KINDS: Readonly<Record<string, Constraint['kind']>> = {
  c: 'check',
  n: 'not null',
  p: 'primary key',
  u: 'unique',
  f: 'foreign key',
  x: 'exclusion',
};
const GENERATED: Readonly<Record<string, Column['generated']>> = { s: 'stored', v: 'virtual' };
const TYPE_KINDS: Readonly<Record<string, TypeInfo['kind']>> = {
  e: 'enum',
  d: 'domain',
  r: 'range',
  c: 'composite',
};
const VOLATILITY: Readonly<Record<string, 'immutable' | 'stable' | 'volatile'>> = {
  i: 'immutable',
  s: 'stable',
  v: 'volatile',
};

/**
 * Reads every schema but the system's into the catalog model. Waits for relations that another session holds under
 * ACCESS EXCLUSIVE, and sees what the connection's own open transaction did. Leaves the connection's search_path as it
 * was. Throws as `Connection.query` does.
 */
export async function readCatalog(connection: Connection): Promise<Catalog> {
  const before = (
    await connection.query(
      "SELECT pg_catalog.current_schemas(false)::text[] AS path, pg_catalog.current_setting('search_path') AS setting, pg_catalog.current_setting('TimeZone') AS zone",
    )
  ).rows[0];
  const searchPath = strings(before?.path);
  // With no schema but its own in the path the server qualifies every name that it prints (docs: 9.27.4); named last,
  // pg_temp is not searched before pg_catalog (docs: 20.11.1).
  await setSearchPath(connection, 'pg_catalog, pg_temp');
  const restore = (): Promise<void> => setSearchPath(connection, String(before?.setting));
  try {
    const schemas = await readSchemas(connection);
    await restore();
    return { complete: true, searchPath, timeZone: String(before?.zone), ...schemas };
  } catch (error) {
    // In a failed transaction this cannot work, and need not: the roll-back restores the path.
    await restore().catch(() => undefined);
    throw error;
  }
}

async function setSearchPath(connection: Connection, setting: string): Promise<void> {
  await connection.query("SELECT pg_catalog.set_config('search_path', $1, false)", [setting]);
}

async function readSchemas(
  connection: Connection,
): Promise<Pick<Catalog, 'relations' | 'types' | 'functions'>> {
  const rows = async (sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await connection.query(sql, values)).rows;
  const relations = await rows(RELATIONS, [connection.serverVersion, Object.keys(RELATION_KINDS)]);
  const columns = byRelation(await rows(COLUMNS));
  const constraints = byRelation(await rows(CONSTRAINTS));
  const indexes = byRelation(await rows(INDEXES));
  const types = await rows(TYPES);
  const functions = await rows(FUNCTIONS);
  const names = new Map(relations.map((row) => [String(row.oid), String(row.name)]));
  return {
    relations: new Map(
      relations.map((row) => {
        const oid = String(row.oid);
        const parts = {
          columns: columns.get(oid) ?? [],
          constraints: constraints.get(oid) ?? [],
          index: indexes.get(oid)?.[0],
        };
        return [String(row.name), toRelation(row, parts, names)];
      }),
    ),
    types: toTypes(types),
    functions: new Map(
      functions.map((row) => [String(row.name), VOLATILITY[String(row.volatility)] ?? 'volatile']),
    ),
  };
}

function toRelation(
  row: Row,
  parts: { columns: readonly Row[]; constraints: readonly Row[]; index: Row | undefined },
  names: ReadonlyMap<string, string>,
): Relation {
  const nameOf = (oid: unknown): string | undefined => names.get(String(oid));
  const constraints = parts.constraints.map((constraint) => toConstraint(constraint, nameOf));
  // In 18 attnotnull is also set by a NOT NULL constraint that is not validated, which proves nothing yet.
  const unproved = new Set(
    constraints.flatMap(({ kind, validated, columns }) => (kind === 'not null' && !validated ? columns : [])),
  );
  return {
    name: String(row.name),
    kind: RELATION_KINDS[String(row.kind)] ?? 'table',
    columns: parts.columns.map((column) => toColumn(column, unproved)),
    constraints,
    parents: strings(row.parents).flatMap((oid) => nameOf(oid) ?? []),
    ...(row.reads === null ? {} : { reads: strings(row.reads).flatMap((oid) => nameOf(oid) ?? []) }),
    ...(row.reads === null ? {} : { readColumns: readColumns(row.read_columns, nameOf) }),
    ...(row.partition_key === null ? {} : { partitionKey: strings(row.partition_key) }),
    ...(row.is_default_partition === true ? { isDefaultPartition: true } : {}),
    table: parts.index === undefined ? undefined : nameOf(parts.index.table),
    indexColumns: strings(parts.index?.columns),
    unique: parts.index?.unique === true,
    ...(typeof parts.index?.predicate === 'string' ? { predicate: parts.index.predicate } : {}),
    rows: number(row.rows),
    bytes: number(row.bytes),
    isNew: false,
  };
}

/** Pairs of a relation's oid and a column's name. */
function readColumns(pairs: unknown, nameOf: (oid: unknown) => string | undefined) {
  const named = (Array.isArray(pairs) ? pairs : []).flatMap((pair): [string, string][] => {
    const [oid, column] = strings(pair);
    const relation = nameOf(oid);
    return relation === undefined || column === undefined ? [] : [[relation, column]];
  });
  const columns = Map.groupBy(named, ([relation]) => relation);
  return new Map([...columns].map(([relation, found]) => [relation, found.map(([, column]) => column)]));
}

function toColumn(row: Row, unproved: ReadonlySet<string>): Column {
  const name = String(row.name);
  return {
    name,
    type: plainType(String(row.type)),
    notNull: row.not_null === true && !unproved.has(name),
    default: text(row.default),
    generated: row.identity === true ? 'identity' : GENERATED[String(row.generated)],
    ...(row.computed_from === null ? {} : { computedFrom: strings(row.computed_from) }),
  };
}

function toConstraint(row: Row, nameOf: (oid: unknown) => string | undefined): Constraint {
  return {
    name: String(row.name),
    kind: CONSTRAINT_KINDS[String(row.kind)] ?? 'check',
    validated: row.validated === true,
    columns: strings(row.columns),
    expression: text(row.expression),
    references: row.references === null ? undefined : nameOf(row.references),
    ...(row.referenced_columns === null ? {} : { referencedColumns: strings(row.referenced_columns) }),
  };
}

/** A domain over a constrained domain is constrained too. */
function toTypes(rows: readonly Row[]): Catalog['types'] {
  const types = new Map<string, TypeInfo>();
  for (const row of rows) {
    const base = text(row.base);
    types.set(String(row.name), {
      kind: TYPE_KINDS[String(row.kind)] ?? 'composite',
      constrained: row.constrained === true,
      base: base === undefined ? undefined : plainType(base),
    });
  }
  const constrained = (type: TypeInfo | undefined): boolean =>
    type !== undefined &&
    (type.constrained || (type.base !== undefined && constrained(types.get(type.base))));
  return new Map([...types].map(([name, type]) => [name, { ...type, constrained: constrained(type) }]));
}

/** `public."Mood"[]` → `public.Mood[]`, as the model writes names. The type `"char"` is not `char`, and keeps its quotes. */
export function plainType(type: string): string {
  if (/^"char"/.test(type)) return type;
  return type.replaceAll(/"((?:[^"]|"")*)"/g, (_, name: string) => name.replaceAll('""', '"'));
}

function byRelation(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, (row) => String(row.relation));
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
