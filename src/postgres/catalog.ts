import { groupBy } from '../group-by.ts';
import type { Catalog, Column, Constraint, ForeignKeyAction, Relation } from '../sql/catalog.ts';
import {
  ATTRIBUTES,
  type CodeRows,
  ROUTINES,
  RULES,
  relationCode,
  TRIGGERS,
  toRoutines,
  USES,
} from './catalog-code.ts';
import {
  COLUMNS,
  CONSTRAINTS,
  FUNCTIONS,
  INDEXES,
  RELATIONS,
  STATISTICS_AGE,
  TYPES,
} from './catalog-queries.ts';
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
const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = { c: 'cascade', n: 'set null', d: 'set default' };
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
): Promise<Pick<Catalog, 'relations' | 'types' | 'functions' | 'routines'>> {
  const rows = async (sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await connection.query(sql, values)).rows;
  const relations = await rows(RELATIONS, [connection.serverVersion, Object.keys(RELATION_KINDS)]);
  const columns = byRelation(await rows(COLUMNS));
  const constraints = byRelation(await rows(CONSTRAINTS));
  const indexes = byRelation(await rows(INDEXES));
  const code: CodeRows = {
    triggers: byRelation(await rows(TRIGGERS)),
    rules: byRelation(await rows(RULES)),
    uses: byRelation(await rows(USES)),
  };
  const types = await rows(TYPES);
  const attributes = groupBy(await rows(ATTRIBUTES), (row) => String(row.type_name));
  const routines = toRoutines(await rows(ROUTINES), plainType);
  const functions = await rows(FUNCTIONS);
  const statisticsAge = number((await rows(STATISTICS_AGE))[0]?.seconds);
  const names = new Map(relations.map((row) => [String(row.oid), String(row.name)]));
  return {
    relations: new Map(
      relations.map((row) => {
        const oid = String(row.oid);
        const parts = {
          columns: columns.get(oid) ?? [],
          constraints: constraints.get(oid) ?? [],
          index: indexes.get(oid)?.[0],
          statisticsAge,
        };
        const relation = { ...toRelation(row, parts, names), ...relationCode(oid, code, plainType) };
        return [relation.name, relation];
      }),
    ),
    routines,
    types: toTypes(types, attributes),
    functions: new Map(
      functions.map((row) => [String(row.name), VOLATILITY[String(row.volatility)] ?? 'volatile']),
    ),
  };
}

type Parts = {
  readonly columns: readonly Row[];
  readonly constraints: readonly Row[];
  readonly index: Row | undefined;
  readonly statisticsAge: number | undefined;
};

function toRelation(row: Row, parts: Parts, names: ReadonlyMap<string, string>): Relation {
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
    table: parts.index === undefined ? undefined : nameOf(parts.index.table),
    indexColumns: strings(parts.index?.columns),
    unique: parts.index?.unique === true,
    ...(typeof parts.index?.predicate === 'string' ? { predicate: parts.index.predicate } : {}),
    rows: number(row.rows),
    bytes: number(row.bytes),
    isNew: false,
    ...present({
      reads: row.reads === null ? undefined : strings(row.reads).flatMap((oid) => nameOf(oid) ?? []),
      readColumns: readColumns(strings(row.reads), row.read_columns, nameOf),
      partitionKey: row.partition_key === null ? undefined : strings(row.partition_key),
      partitionBound: row.partition_bound === 'DEFAULT' ? undefined : text(row.partition_bound),
      isDefaultPartition: row.is_default_partition === true || undefined,
      unlogged: row.unlogged === true || undefined,
      rowSecurity: row.row_security === true || undefined,
      policies:
        row.policies === null || strings(row.policies).length === 0 ? undefined : strings(row.policies),
      ownedBy:
        row.owner_table === null ? undefined : `${nameOf(row.owner_table)}.${String(row.owner_column)}`,
      ...indexFacts(parts.index),
      ...heat(number(row.scans), number(row.changes), parts.statisticsAge),
    }),
  };
}

/** Pairs of table and column, by table; a table of which no column is read is there too. */
function readColumns(
  tables: readonly string[],
  pairs: unknown,
  nameOf: (oid: unknown) => string | undefined,
): Relation['readColumns'] {
  if (!Array.isArray(pairs)) return undefined;
  const names = tables.flatMap((oid) => nameOf(oid) ?? []);
  const result: Record<string, string[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (const [oid, column] of pairs as [string, string][]) {
    const name = nameOf(oid);
    if (name === undefined) continue;
    result[name] ??= [];
    result[name].push(column);
  }
  return result;
}

function indexFacts(index: Row | undefined) {
  if (index === undefined) return {};
  return {
    valid: index.valid === false ? false : undefined,
    plainKeys: index.plain_keys === false ? false : undefined,
    method: text(index.method),
    predicate: text(index.predicate),
    otherColumns: strings(index.other_columns).length === 0 ? undefined : strings(index.other_columns),
  };
}

/** Statistics of less than this tell nothing about a day. */
const SHORTEST_STATISTICS_SECONDS = 300;

/** Reads and changed rows per second, from what was counted since `seconds` ago; nothing when that is not known or too short. */
export function heat(
  scans: number | undefined,
  changes: number | undefined,
  seconds: number | undefined,
): { readonly readsPerSecond?: number; readonly writesPerSecond?: number } {
  if (seconds === undefined || seconds < SHORTEST_STATISTICS_SECONDS) return {};
  if (scans === undefined || changes === undefined) return {};
  return { readsPerSecond: scans / seconds, writesPerSecond: changes / seconds };
}

/** Without the members that are undefined: an optional member is there or is not. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function toColumn(row: Row, unproved: ReadonlySet<string>): Column {
  const name = String(row.name);
  return {
    name,
    type: plainType(String(row.type)),
    notNull: row.not_null === true && !unproved.has(name),
    default: text(row.default),
    generated: row.identity === true ? 'identity' : GENERATED[String(row.generated)],
    ...(Array.isArray(row.computed_from) ? { computedFrom: strings(row.computed_from) } : {}),
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
    ...present({
      referencedColumns: row.referenced_columns === null ? undefined : strings(row.referenced_columns),
      noInherit: row.no_inherit === true || undefined,
      enforced: row.enforced === false ? false : undefined,
      deferrable: row.deferrable === true || undefined,
      deferred: row.deferred === true || undefined,
      index: row.index === null ? undefined : nameOf(row.index),
      onDelete: ACTIONS[String(row.on_delete)],
      onUpdate: ACTIONS[String(row.on_update)],
    }),
  };
}

/** A domain over a constrained domain is constrained too. */
function toTypes(rows: readonly Row[], attributes: ReadonlyMap<string, readonly Row[]>): Catalog['types'] {
  const types = new Map<string, TypeInfo>();
  for (const row of rows) {
    const base = text(row.base);
    const kind = TYPE_KINDS[String(row.kind)] ?? 'composite';
    const members = (attributes.get(String(row.name)) ?? []).map((member) => toColumn(member, new Set()));
    types.set(String(row.name), {
      kind,
      ...(kind === 'composite' ? { attributes: members } : {}),
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
  return groupBy(rows, (row) => String(row.relation));
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
