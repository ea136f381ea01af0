import { groupBy } from '../group-by.ts';
import {
  type ColumnStatistics,
  type SourceColumn,
  type SourceKey,
  type SourceSchema,
  type SourceTable,
  tableKey,
} from '../masking/source.ts';
import { heat } from '../postgres/catalog.ts';
import { STATISTICS_AGE } from '../postgres/catalog-queries.ts';
import type { Connection } from '../postgres/connection.ts';
import {
  CHECKS,
  COLUMNS,
  EXTENSIONS,
  FOREIGN_KEYS,
  KEYS,
  STATISTICS,
  TABLES,
  TYPES,
} from './schema-queries.ts';
import { sourceTypes, type TypeRow } from './source-types.ts';

type Row = Readonly<Record<string, unknown>>;
type Rows = readonly Row[];

/** A character for a column, or for nothing: `''` in the catalog is a type's zero. */
const GENERATED: Readonly<Record<string, SourceColumn['generated']>> = { s: 'stored', v: 'virtual' };
const IDENTITY: Readonly<Record<string, SourceColumn['identity']>> = { a: 'always', d: 'by default' };
const KINDS: Readonly<Record<string, SourceTable['kind']>> = {
  r: 'table',
  p: 'partitioned table',
  f: 'foreign table',
};

/**
 * Reads the tables of all schemas but the system's, in nine queries however many there are; Postgres 13 to 18, primary
 * or standby. Takes ACCESS SHARE on each table for its size. Leaves the session's search_path empty, so that the server
 * qualifies every name that it prints (docs: 9.27.4). Throws as `Connection.query` does.
 */
export async function readSourceSchema(connection: Connection): Promise<SourceSchema> {
  const rows = async (sql: string, values: readonly unknown[] = []): Promise<Rows> =>
    (await connection.query(sql, values)).rows;
  const [session] = await rows(
    "SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.current_database() AS database",
  );
  const tables = await rows(TABLES, [connection.serverVersion]);
  const columns = await rows(COLUMNS);
  const types = (await rows(TYPES)) as unknown as readonly TypeRow[];
  const statistics = await rows(STATISTICS);
  const parts = {
    keys: byRelation(await rows(KEYS)),
    foreignKeys: byRelation(await rows(FOREIGN_KEYS)),
    checks: byRelation(await rows(CHECKS)),
    columns: byRelation(columnsOf(columns, types, statistics)),
    keyOf: keysByOid(tables),
    seconds: optional((await rows(STATISTICS_AGE))[0]?.seconds),
  };
  const extensions = await rows(EXTENSIONS);
  const read = tables.map((row) => toTable(row, parts));
  return {
    version: connection.serverVersion,
    database: String(session?.database),
    tables: withPartitions(new Map(read.map((table) => [tableKey(table.schema, table.name), table]))),
    extensions: extensions.map((row) => ({
      name: String(row.name),
      version: String(row.version),
      schema: String(row.schema),
    })),
  };
}

type ColumnOf = { readonly relation: string; readonly column: SourceColumn };

type Parts = {
  readonly keys: ReadonlyMap<string, Rows>;
  readonly foreignKeys: ReadonlyMap<string, Rows>;
  readonly checks: ReadonlyMap<string, Rows>;
  readonly columns: ReadonlyMap<string, readonly ColumnOf[]>;
  readonly keyOf: ReadonlyMap<string, string>;
  readonly seconds: number | undefined;
};

function byRelation<T extends { readonly relation?: unknown }>(rows: readonly T[]): ReadonlyMap<string, T[]> {
  return groupBy(rows, (row) => String(row.relation));
}

function keysByOid(tables: Rows): ReadonlyMap<string, string> {
  return new Map(
    tables.map(({ oid, schema, name }) => [String(oid), tableKey(String(schema), String(name))]),
  );
}

function columnsOf(columns: Rows, types: readonly TypeRow[], statistics: Rows): readonly ColumnOf[] {
  const typeOf = sourceTypes(types);
  const known = new Map(statistics.map((row) => [`${row.relation} ${row.name}`, toStatistics(row)] as const));
  return columns.map((row) => ({
    relation: String(row.relation),
    column: {
      name: String(row.name),
      number: Number(row.number),
      type: typeOf(String(row.type), Number(row.modifier)),
      notNull: row.not_null === true,
      default: text(row.default),
      generated: GENERATED[String(row.generated)],
      identity: IDENTITY[String(row.identity)],
      statistics: known.get(`${row.relation} ${row.name}`),
    },
  }));
}

function toStatistics(row: Row): ColumnStatistics {
  return {
    nullFraction: Number(row.null_fraction),
    distinct: Number(row.distinct),
    averageWidth: Number(row.width),
    correlation: optional(row.correlation),
    frequencies: Array.isArray(row.frequencies) ? row.frequencies.map(Number) : [],
  };
}

function toTable(row: Row, parts: Parts): SourceTable {
  const oid = String(row.oid);
  const parents = strings(row.parents).flatMap((parent) => parts.keyOf.get(parent) ?? []);
  const isPartition = row.is_partition === true;
  return {
    schema: String(row.schema),
    name: String(row.name),
    kind: KINDS[String(row.kind)] ?? 'table',
    partitionOf: isPartition ? parents[0] : undefined,
    inherits: isPartition ? [] : parents,
    partitionColumns: strings(row.partition_columns),
    columns: (parts.columns.get(oid) ?? []).map(({ column }) => column),
    keys: (parts.keys.get(oid) ?? []).map(toKey),
    foreignKeys: (parts.foreignKeys.get(oid) ?? []).map((key) => ({
      name: String(key.name),
      columns: strings(key.columns),
      references: parts.keyOf.get(String(key.references)) ?? '',
      referencedColumns: strings(key.referenced_columns),
      validated: key.validated === true,
      declared: true,
    })),
    checks: (parts.checks.get(oid) ?? []).map((check) => ({
      name: String(check.name),
      columns: strings(check.columns),
      expression: String(check.expression),
    })),
    persistence: row.unlogged === true ? 'unlogged' : 'permanent',
    ofExtension: text(row.extension),
    extensionRows: text(row.extension_rows),
    rows: optional(row.rows),
    bytes: optional(row.bytes),
    indexBytes: optional(row.index_bytes),
    blocks: optional(row.blocks),
    ...heat(optional(row.scans), optional(row.changes), parts.seconds),
  };
}

function toKey(row: Row): SourceKey {
  const constraint = row.is_exclusion === true ? 'exclusion' : 'unique';
  return {
    name: String(row.name),
    kind: row.is_primary === true ? 'primary key' : constraint,
    parts: row.parts as SourceKey['parts'],
    reads: strings(row.reads),
    predicate: text(row.predicate),
    ...(row.nulls_not_distinct === true ? { nullsNotDistinct: true } : {}),
  };
}

/** Sizes of a partitioned table are its partitions' together; a partition's row stands where all the keys above it say. */
function withPartitions(tables: ReadonlyMap<string, SourceTable>): ReadonlyMap<string, SourceTable> {
  const children = groupBy(
    [...tables].filter(([, { partitionOf }]) => partitionOf !== undefined),
    ([, { partitionOf }]) => String(partitionOf),
  );
  const leaves = (key: string): readonly SourceTable[] =>
    (children.get(key) ?? []).flatMap(([child, table]) =>
      table.kind === 'partitioned table' ? leaves(child) : [table],
    );
  const above = (table: SourceTable): readonly string[] => {
    const parent = table.partitionOf === undefined ? undefined : tables.get(table.partitionOf);
    return [...new Set([...table.partitionColumns, ...(parent === undefined ? [] : above(parent))])];
  };
  const complete = (key: string, table: SourceTable): SourceTable => ({
    ...table,
    partitionColumns: above(table),
    ...(table.kind === 'partitioned table' ? together(leaves(key)) : {}),
  });
  return new Map([...tables].map(([key, table]) => [key, complete(key, table)]));
}

/** What one of them does not tell is not known of them together. */
function together(leaves: readonly SourceTable[]): Partial<SourceTable> {
  const sum = (read: (table: SourceTable) => number | undefined): number | undefined =>
    leaves.reduce<number | undefined>((total, table) => {
      const one = read(table);
      return total === undefined || one === undefined ? undefined : total + one;
    }, 0);
  return {
    rows: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
    indexBytes: sum(({ indexBytes }) => indexBytes),
    readsPerSecond: sum(({ readsPerSecond }) => readsPerSecond),
    writesPerSecond: sum(({ writesPerSecond }) => writesPerSecond),
  };
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function optional(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
