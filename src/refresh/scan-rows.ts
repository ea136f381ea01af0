import { ProviderError } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { qualified } from '../postgres/quote.ts';
import { copyBytes, type RowSession } from './copy-rows.ts';
import type { Needles } from './needles.ts';
import {
  type Find,
  type NeedleHits,
  type NeedleSearch,
  needleSearch,
  type Scanned,
} from './search-needles.ts';
import type { RowWatch, WatchedColumn } from './watch-rows.ts';

/**
 * Columns of every table and materialized view but the system's, extensions' included. `raw`: the type's own binary
 * form is the text, or holds its texts without escapes. `text`: the output text tells more, or all: of numbers,
 * addresses of networks, dates.
 */
const COLUMNS = `
  WITH RECURSIVE base AS (
    SELECT oid, oid AS below FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION ALL SELECT d.oid, b.below FROM pg_catalog.pg_type d JOIN base b ON b.oid = d.typbasetype WHERE d.typtype = 'd')
  SELECT c.oid::text AS relation, n.nspname AS schema, c.relname AS table, a.attname AS column,
    t.typsend <> 0 AND (e.oid IS NULL OR e.typsend <> 0) AND (t.typcategory IN ('S', 'U', 'A', 'C') OR t.typtype = 'c') AS raw,
    NOT (t.typcategory = 'S' OR t.oid IN ('json'::regtype, 'jsonb'::regtype, 'xml'::regtype, 'bytea'::regtype)) OR t.typsend = 0 AS text,
    t.typcategory = 'N' AS numeric,
    NOT (t.typcategory IN ('B', 'D', 'T', 'G') OR t.oid IN ('bytea'::regtype, 'float4'::regtype, 'float8'::regtype)) AS words
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN base ON base.oid = a.atttypid
  JOIN pg_catalog.pg_type t ON t.oid = base.below
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
  WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)'
  ORDER BY c.oid, a.attnum`;

type Column = {
  readonly relation: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly raw: boolean;
  readonly text: boolean;
  readonly numeric: boolean;
  /** Its values have words, or numbers that name somebody. */
  readonly words: boolean;
};

/** Most expressions of one query, of 1,664 that the server takes (docs: appendix K). */
const COLUMNS_AT_ONCE = 800;

/** Seeks the needles in all columns of all rows, as the server gives them: out of TOAST, uncompressed. `watch` sees the rows go by. */
export async function scanRows(
  session: RowSession,
  needles: Needles,
  watch: RowWatch | undefined,
): Promise<Scanned> {
  const columns = (await session.query(COLUMNS)).rows as unknown as readonly Column[];
  const search = needleSearch(needles);
  const finds: Find[] = [];
  const gaps: { where: string; what: string }[] = [];
  let bytes = 0;
  const tables = [...groupBy(columns, ({ relation }) => relation).values()];
  for (const table of tables) {
    try {
      const found = await scanTable(session, table, { search, watch });
      bytes += found.bytes;
      if (found.hits.size > 0) finds.push(...(await attribute(session, table, needles, found.hits)));
    } catch (error) {
      if (!(error instanceof ProviderError) || error.retryable) throw error;
      search.end();
      const gap = { where: nameOf(table[0]), what: error.message };
      gaps.push(gap);
      watch?.miss(gap);
    }
  }
  return { bytes, places: tables.length, finds, gaps };
}

async function scanTable(
  session: RowSession,
  columns: readonly Column[],
  { search, watch }: { search: NeedleSearch; watch?: RowWatch | undefined },
): Promise<{ bytes: number; hits: NeedleHits }> {
  let bytes = 0;
  for (let at = 0; at < columns.length; at += COLUMNS_AT_ONCE) {
    const some = columns.slice(at, at + COLUMNS_AT_ONCE);
    const query = readingOf(some);
    const sink = watch?.watch(some.flatMap(watchedFields));
    const what = `The target refused to read ${nameOf(columns[0])}`;
    bytes += await copyBytes(session, { query, what }, (piece) => {
      search.push(piece);
      sink?.push(piece);
    });
  }
  return { bytes, hits: search.end() };
}

/** In which columns the needles stand: each is read again by itself, for these needles alone. */
async function attribute(
  session: RowSession,
  columns: readonly Column[],
  needles: Needles,
  hits: NeedleHits,
): Promise<readonly Find[]> {
  const search = needleSearch(needles, new Set(hits.keys()));
  const finds: Find[] = [];
  for (const column of columns) {
    const found = await scanTable(session, [column], { search });
    if (found.hits.size === 0) continue;
    const { schema, table, column: name, numeric } = column;
    finds.push({
      kind: 'column',
      name: `${nameOf(column)}.${name}`,
      column: [schema, table, name],
      numeric,
      hits: found.hits,
    });
  }
  return finds;
}

function nameOf(column: Column | undefined): string {
  return `${column?.schema}.${column?.table}`;
}

function readingOf(columns: readonly Column[]): string {
  const first = columns[0] as Column;
  const parts = columns.flatMap((column) => {
    const name = qualified('t', column.column);
    return formsRead(column).map((form) => (form === 'text' ? `${name}::pg_catalog.text` : name));
  });
  return `SELECT ${parts.join(', ')} FROM ONLY ${qualified(first.schema, first.table)} AS t`;
}

function formsRead({ raw, text }: Column): readonly ('raw' | 'text')[] {
  return [...(raw || !text ? (['raw'] as const) : []), ...(text ? (['text'] as const) : [])];
}

/** Words are read in the output text where there is one: in the binary form of an array they stand between lengths. */
function watchedFields(column: Column): readonly (WatchedColumn | undefined)[] {
  const forms = formsRead(column);
  return forms.map((_, at) => (column.words && at === forms.length - 1 ? column : undefined));
}
