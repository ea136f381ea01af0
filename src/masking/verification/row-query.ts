import { identifierText } from '../../sql/identifier.ts';
import type { TablePlan } from '../mask-plan.ts';

/** Rows of each table that are compared; of a mask that fails once in a hundred rows 20 are among them. */
const ROWS = 2_000;

/** A column that the rows brought along, and what the plan makes of it in the source, of the column's own type. */
type Brought = { readonly name: string; readonly made: string };

function brought(plan: TablePlan): readonly Brought[] {
  const types = new Map(plan.table.columns.map(({ name, type }) => [name, type.sql]));
  return plan.columns.flatMap(({ name, mask }) => {
    if (mask.kind === 'computed') return [];
    const own = identifierText(name);
    // COPY writes the mask's value as text, and the copy reads it as the column's type.
    return [{ name, made: mask.kind === 'masked' ? `((${mask.sql})::text)::${types.get(name)}` : own }];
  });
}

/** Columns by which one row is told from all others: of the primary key, or else of any other; none where there is none. */
export function keyColumns({ table }: TablePlan): readonly string[] {
  const notNull = new Set(table.columns.filter(({ notNull }) => notNull).map(({ name }) => name));
  const usable = table.keys.flatMap(({ kind, parts, predicate }) => {
    const names = parts.flatMap((part) =>
      'column' in part && notNull.has(part.column) ? [part.column] : [],
    );
    return kind !== 'exclusion' && predicate === undefined && names.length === parts.length
      ? [{ kind, names }]
      : [];
  });
  return (usable.find(({ kind }) => kind === 'primary key') ?? usable[0])?.names ?? [];
}

/** 64 bits of the SHA-256 of the values as a row's text, so that no value leaves the server. */
function hashOf(values: readonly string[]): string {
  return `pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.textsend(ROW(${values.join(', ')})::text)), 1, 8), 'hex')`;
}

/** Which hashes a row gives: of all columns, or of the key and then of each column. */
export type RowParts = 'whole' | { readonly key: readonly string[]; readonly columns: readonly string[] };

function hashes(parts: RowParts, columns: readonly Brought[], give: (column: Brought) => string): string {
  const named = (names: readonly string[]): readonly string[] =>
    columns.filter(({ name }) => names.includes(name)).map(give);
  const whole = `${hashOf(columns.map(give))} AS pullgres_h`;
  if (parts === 'whole') return whole;
  const each = parts.columns.map((name, at) => `${hashOf(named([name]))} AS pullgres_c${at}`);
  return [whole, `${hashOf(named(parts.key))} AS pullgres_k`, ...each].join(', ');
}

/** Names of the columns whose values came through a mask; empty where nothing of a row was brought along. */
export function broughtColumns(plan: TablePlan): readonly string[] {
  return brought(plan).map(({ name }) => name);
}

/**
 * Rows of the source as the plan makes them, as hashes: `pullgres_h` of the whole row, with parts `pullgres_k` of its key and
 * `pullgres_c0` … of its columns. The same seed gives the same rows.
 * @param conditions Those under which rows were taken.
 */
export function madeRows(
  plan: TablePlan,
  { conditions, seed, parts }: { conditions: readonly string[]; seed: number; parts: RowParts },
): string {
  const { schema, name, rows } = plan.table;
  const percent = rows === undefined ? 100 : (200 * ROWS) / rows;
  const sampled = percent >= 50 ? '' : ` TABLESAMPLE SYSTEM (${percent.toPrecision(4)}) REPEATABLE (${seed})`;
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const list = hashes(parts, brought(plan), ({ made }) => made);
  return `SELECT ${list} FROM ONLY ${identifierText(schema)}.${identifierText(name)}${sampled}${where} LIMIT ${ROWS}`;
}

/** How often each of the hashes $1 (text[]) stands in the copy, as `pullgres_h` and `n`. */
export function rowsThere(plan: TablePlan): string {
  return `SELECT pullgres_h, pg_catalog.count(*)::pg_catalog.int4 AS n FROM (${ownRows(plan, 'whole')}) AS pullgres_r
    WHERE pullgres_h OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[]) GROUP BY pullgres_h`;
}

/** The copy's rows whose key's hash is one of $1 (text[]), in parts. */
export function rowsByKey(plan: TablePlan, parts: Exclude<RowParts, 'whole'>): string {
  return `SELECT * FROM (${ownRows(plan, parts)}) AS pullgres_r WHERE pullgres_k OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])`;
}

function ownRows(plan: TablePlan, parts: RowParts): string {
  const { schema, name } = plan.table;
  const list = hashes(parts, brought(plan), (column) => identifierText(column.name));
  return `SELECT ${list} FROM ONLY ${identifierText(schema)}.${identifierText(name)}`;
}
