import { identifierText } from '../../sql/identifier.ts';
import { leavesOf } from './leaves.ts';
import type { SensitiveColumn } from './sensitive.ts';

/** Characters that are taken of a long value, from its middle. */
const PIECE = 200;
/** Blocks are sampled only where a whole read would be many times more. */
const WORTH_SAMPLING = 20_000;

/**
 * The values of a sensitive column that the mask takes away, one a row as `pullgres_v`: those that the masked row still
 * has stand in the copy by right, such as an account that is kept, a path of JSON that is clear, a shift of 0 days. A
 * person's own expression has no such right: it is a mask, so that what it leaves is sought like the rest.
 */
export function lostValues({ table, column, mask, staysWhere }: SensitiveColumn, sampled = ''): string {
  const own = identifierText(column.name);
  const from = `ONLY ${identifierText(table.schema)}.${identifierText(table.name)}${sampled}`;
  const left = mask === undefined || staysWhere !== undefined;
  const masked = left ? '' : `, (${mask}) AS pullgres_b`;
  const rows = staysWhere === undefined ? '' : ` AND (${staysWhere}) IS NOT TRUE`;
  const kept = left
    ? ''
    : ` AND NOT EXISTS (SELECT FROM (${leavesOf('pullgres_b', column.type)}) AS pullgres_m(pullgres_w) WHERE pullgres_w COLLATE pg_catalog."C" = pullgres_v COLLATE pg_catalog."C")`;
  return `SELECT pullgres_v FROM (SELECT ${own} AS pullgres_a${masked} FROM ${from} WHERE ${own} IS NOT NULL${rows}) AS pullgres_r
    CROSS JOIN LATERAL (${leavesOf('pullgres_a', column.type)}) AS pullgres_s(pullgres_v)
    WHERE pullgres_v IS NOT NULL${kept}`;
}

/** Values that a mask made of others in a column, one a row: equal to a clear value by chance. */
export function madeValues({ table, column, mask }: SensitiveColumn, sampled = ''): string {
  const own = identifierText(column.name);
  const from = `ONLY ${identifierText(table.schema)}.${identifierText(table.name)}${sampled}`;
  return `SELECT pullgres_w FROM (SELECT ${own} AS pullgres_a, (${mask ?? own}) AS pullgres_b FROM ${from}) AS pullgres_r
    CROSS JOIN LATERAL (${leavesOf('pullgres_b', column.type)}) AS pullgres_m(pullgres_w)
    WHERE pullgres_w IS NOT NULL AND NOT EXISTS (SELECT FROM (${leavesOf('pullgres_a', column.type)}) AS pullgres_s(pullgres_v)
      WHERE pullgres_w COLLATE pg_catalog."C" = pullgres_v COLLATE pg_catalog."C")`;
}

/** Distinct values at random, with the number of the sampled rows that have each; long ones by a piece. */
export function sampleQuery(column: SensitiveColumn, limit: number, percent: number | undefined): string {
  const sampled = percent === undefined ? '' : ` TABLESAMPLE SYSTEM (${percent})`;
  return `SELECT pullgres_p, pg_catalog.count(*) FROM (
      SELECT pg_catalog.substr(pullgres_v, greatest(1, pg_catalog.length(pullgres_v) / 2 - ${PIECE / 2}), ${PIECE})
        COLLATE pg_catalog."C" AS pullgres_p FROM (${lostValues(column, sampled)}) AS pullgres_t
      WHERE pg_catalog.octet_length(pullgres_v) >= 8) AS pullgres_g
    GROUP BY pullgres_p ORDER BY pg_catalog.random() LIMIT ${limit}`;
}

/** Share of the blocks, in percent, in which about so many rows stand; undefined: all of them. */
export function samplePercent({ table, column }: SensitiveColumn, rows: number): number | undefined {
  if (table.rows === undefined || table.rows < WORTH_SAMPLING) return undefined;
  const filled = Math.max(0.001, 1 - (column.statistics?.nullFraction ?? 0));
  const percent = (100 * rows) / (table.rows * filled);
  return percent > 50 ? undefined : Math.max(0.001, Number(percent.toPrecision(4)));
}

/** Of a table that was never analyzed. */
const ROWS_OF_A_BLOCK = 100;
const ROWS_OF_NO_BLOCKS = 100_000;

/** Statistics can be old. */
const FEWEST_DISTINCT = 1000;

/** Distinct values that a column has at most, as the planner guesses. */
export function distinctOf({ table, column }: SensitiveColumn): number {
  const rows =
    table.rows ?? (table.blocks === undefined ? ROWS_OF_NO_BLOCKS : table.blocks * ROWS_OF_A_BLOCK);
  const distinct = column.statistics?.distinct;
  if (distinct === undefined || column.type.category === 'json') return Math.max(FEWEST_DISTINCT, rows);
  return Math.ceil(Math.max(FEWEST_DISTINCT, distinct < 0 ? -distinct * rows : Math.min(distinct, rows)));
}
