import { createHash } from 'node:crypto';
import type { DrillRecord } from '../evidence/refresh-schema.ts';
import type { ColumnStatistics, SourceSchema, SourceTable } from '../masking/source.ts';
import { qualified } from '../postgres/quote.ts';
import type { TableRecord } from './pipeline.ts';

/** In the form of evidence/manifest.ts. */
export type RefreshManifest = {
  readonly version: 1;
  readonly source: string;
  readonly takenAt: string;
  readonly tables: readonly ManifestTable[];
  readonly refresh: {
    readonly profileHash: string;
    readonly schemaFingerprint: string;
    readonly keyId: string;
    readonly postgres: number;
    readonly tool: string;
    readonly drill?: DrillTimes;
  };
};

/** What later drills are compared with. */
export type DrillTimes = Pick<DrillRecord, 'source' | 'takenAt' | 'rpoSeconds' | 'rtoMs'>;

type ManifestTable = {
  readonly relation: string;
  readonly rows: number;
  readonly bytes: number;
  readonly indexBytes: number;
  readonly readsPerSecond?: number;
  readonly writesPerSecond?: number;
  readonly share?: number;
  readonly columns?: readonly ({ readonly name: string } & ColumnStatistics)[];
};

export type ManifestRequest = {
  readonly schema: SourceSchema;
  /** For people, as RefreshSource has it. */
  readonly description: string;
  /** ISO 8601. */
  readonly takenAt: string;
  readonly records: readonly TableRecord[];
  readonly profileHash: string;
  readonly keyId: string;
  /** Name and version of this program. */
  readonly tool: string;
  /** Whether the planner's statistics of the full tables go in: no values, but widths and frequencies. */
  readonly statistics: boolean;
  readonly drill?: DrillTimes | undefined;
};

/**
 * What the source is like, and how much of it the baseline has: sizes, rates and shares, no value of any row. Pure.
 * Rows are the source's own count where every row was asked for, else the planner's estimate.
 */
export function refreshManifest(request: ManifestRequest): RefreshManifest {
  const records = new Map(request.records.map((record) => [record.table, record]));
  const holding = [...request.schema.tables.values()].filter(({ kind }) => kind === 'table');
  return {
    version: 1,
    source: request.description,
    takenAt: request.takenAt,
    tables: holding
      .map((table) =>
        manifestTable(table, records.get(qualified(table.schema, table.name)), request.statistics),
      )
      .toSorted((a, b) => (a.relation < b.relation ? -1 : 1)),
    refresh: {
      profileHash: request.profileHash,
      schemaFingerprint: schemaFingerprint(request.schema),
      keyId: request.keyId,
      postgres: request.schema.version,
      tool: request.tool,
      ...(request.drill === undefined ? {} : { drill: request.drill }),
    },
  };
}

function manifestTable(
  table: SourceTable,
  record: TableRecord | undefined,
  statistics: boolean,
): ManifestTable {
  const taken = record?.copiedRows ?? 0;
  // A table that nobody analyzed has no estimate; what was copied is then all that is known.
  const rows = Math.max(table.rows ?? 0, record?.sourceRows ?? 0);
  const columns = statistics ? table.columns.flatMap(columnStatistics) : [];
  return {
    // As the statistics of a rehearsal name relations: without quotes.
    relation: `${table.schema}.${table.name}`,
    rows,
    bytes: table.bytes ?? 0,
    indexBytes: table.indexBytes ?? 0,
    ...(table.readsPerSecond === undefined ? {} : { readsPerSecond: table.readsPerSecond }),
    ...(table.writesPerSecond === undefined ? {} : { writesPerSecond: table.writesPerSecond }),
    ...(rows === 0 ? {} : { share: Math.min(1, taken / rows) }),
    ...(columns.length === 0 ? {} : { columns }),
  };
}

function columnStatistics({
  name,
  statistics,
}: SourceTable['columns'][number]): readonly ({ readonly name: string } & ColumnStatistics)[] {
  if (statistics === undefined) return [];
  const { nullFraction, distinct, averageWidth, correlation, frequencies } = statistics;
  const known = correlation === undefined ? {} : { correlation };
  return [{ name, nullFraction, distinct, averageWidth, frequencies, ...known }];
}

/**
 * SHA-256, hexadecimal, of the schema's shape: tables, columns with types, keys, references and checks; the same for the
 * same schema whatever its sizes, its statistics, and the order in which it was made.
 */
export function schemaFingerprint(schema: SourceSchema): string {
  const shape = [...schema.tables].map(([key, table]) => [
    key,
    table.kind,
    table.partitionOf ?? null,
    [...table.inherits].sort(),
    table.persistence,
    table.columns.map(({ name, type, notNull, default: value, generated, identity }) => [
      name,
      type.sql,
      notNull,
      value ?? null,
      generated ?? null,
      identity ?? null,
    ]),
    sorted(table.keys.map(({ name, kind, parts, predicate }) => [name, kind, parts, predicate ?? null])),
    sorted(
      table.foreignKeys
        .filter(({ declared }) => declared)
        .map(({ name, columns, references, referencedColumns, validated }) => [
          name,
          columns,
          references,
          referencedColumns,
          validated,
        ]),
    ),
    sorted(table.checks.map(({ name, expression }) => [name, expression])),
  ]);
  const extensions = schema.extensions.map(({ name, version }) => [name, version]);
  return createHash('sha256')
    .update(JSON.stringify([sorted(shape), sorted(extensions)]))
    .digest('hex');
}

function sorted(items: readonly unknown[]): readonly string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}
