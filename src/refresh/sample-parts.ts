import type { SourceTable } from '../masking/source.ts';
import type { Connection } from '../postgres/connection.ts';
import { qualified } from '../postgres/quote.ts';

/** One relation with rows, and which of them: what follows its name in FROM. */
export type Part = { readonly schema: string; readonly name: string; readonly rows: string };

const MOST_ROWS = 2_000;
/** 1 MB: read whole, up to the rows that are wanted. */
const SMALL_BLOCKS = 128;
/** Blocks at the beginning: the oldest rows. */
const FIRST_BLOCKS = 4;
/** Blocks at the end: mostly the newest rows, behind them the up to 64 empty ones that the server adds at once (release notes 16, relation extension). */
const LAST_BLOCKS = 72;
const END_ROWS = 500;
/** Most line pointers that an 8 kB heap page can have (MaxHeapTuplesPerPage). */
const TUPLES_PER_BLOCK = 291;
/** Blocks that are read at random, where nobody knows how many rows a block has. */
const RANDOM_BLOCKS = 64;
const MOST_PARTITIONS = 12;

type Extent = {
  readonly schema: string;
  readonly name: string;
  readonly blocks: number;
  readonly rows: number;
};

/** Where to look for a table's rows. Nothing for a foreign table. */
export async function partsOf(connection: Connection, table: SourceTable): Promise<readonly Part[]> {
  if (table.kind === 'foreign table') return [];
  if (table.kind === 'partitioned table') return ofPartitions(await leaves(connection, table));
  const { schema, name, rows = -1 } = table;
  return ofExtent({ schema, name, rows, blocks: table.blocks ?? 0 }, MOST_ROWS);
}

/** Partitions with rows of their own, in the order of their bounds' making. */
async function leaves(connection: Connection, { schema, name }: SourceTable): Promise<readonly Extent[]> {
  const { rows } = await connection.query(
    `SELECT n.nspname AS schema, c.relname AS name, c.reltuples AS rows,
            pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint AS blocks
       FROM pg_catalog.pg_partition_tree($1::pg_catalog.regclass) AS p
       JOIN pg_catalog.pg_class AS c ON c.oid = p.relid
       JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE p.isleaf AND c.relkind = 'r' AND pg_catalog.pg_relation_size(c.oid) > 0
      ORDER BY c.oid`,
    [qualified(schema, name)],
  );
  return rows.map((row) => ({
    schema: String(row.schema),
    name: String(row.name),
    rows: Number(row.rows),
    blocks: Number(row.blocks),
  }));
}

/** The first and the last partition and some between: what an application writes changes over the years. */
function ofPartitions(all: readonly Extent[]): readonly Part[] {
  const count = Math.min(all.length, MOST_PARTITIONS);
  const chosen = Array.from(
    { length: count },
    (_, index) => all[count === 1 ? 0 : Math.round((index * (all.length - 1)) / (count - 1))],
  );
  return chosen.flatMap((one) => (one ? ofExtent(one, Math.ceil(MOST_ROWS / count)) : []));
}

function ofExtent({ schema, name, blocks, rows }: Extent, wanted: number): readonly Part[] {
  const part = (which: string): Part => ({ schema, name, rows: which });
  if (blocks <= SMALL_BLOCKS) return [part(`LIMIT ${wanted}`)];
  const perBlock = rows > 0 ? rows / blocks : wanted / RANDOM_BLOCKS;
  const random = Math.min(Math.max(wanted / Math.max(perBlock, 0.1), 8), 4 * RANDOM_BLOCKS);
  const share = Math.min(100, (100 * random) / blocks).toFixed(6);
  return [
    part(`WHERE ${atBlocks(0, FIRST_BLOCKS)} LIMIT ${END_ROWS}`),
    part(`WHERE ${atBlocks(blocks - LAST_BLOCKS, LAST_BLOCKS)} ORDER BY t.ctid DESC LIMIT ${END_ROWS}`),
    // The same blocks for every batch of columns and for the next run.
    part(`TABLESAMPLE pg_catalog.system (${share}) REPEATABLE (1) LIMIT ${2 * wanted}`),
  ];
}

/** As a list and not a range of tids, since a range reads the whole table before Postgres 14 (release notes 14, TID range scans). */
function atBlocks(first: number, count: number): string {
  const blocks = `pg_catalog.generate_series(${first}, ${first + count - 1}) AS b`;
  const offsets = `pg_catalog.generate_series(1, ${TUPLES_PER_BLOCK}) AS o`;
  return `t.ctid = ANY (ARRAY(SELECT pg_catalog.format('(%s,%s)', b, o)::pg_catalog.tid FROM ${blocks}, ${offsets}))`;
}
