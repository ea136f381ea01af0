import { literalText } from '../../sql/literal.ts';
import { distinctOf, lostValues, madeValues } from './sample-query.ts';
import type { SensitiveColumn } from './sensitive.ts';
import {
  BETWEEN_DIGITS,
  BETWEEN_WORDS,
  FEWEST_DIGITS,
  LONGEST_TOKEN,
  SHORTEST_TOKEN,
  WORD_EDGES,
} from './tokens.ts';

const BETWEEN = literalText(`${BETWEEN_WORDS}\n\r\t`);
const SPACES = literalText(' '.repeat(BETWEEN_WORDS.length + 3));
/** So many rows share a town, not an address. */
const MANY_ROWS = 5;
/** Names that are in every gazetteer and register. */
const PUBLIC = ['city', 'company', 'url'];

/** As `tokenReader` folds. */
function folded(text: string): string {
  return `pg_catalog.lower(pg_catalog.btrim(${text}) COLLATE pg_catalog."C")`;
}

function digitsOf(text: string): string {
  return `pg_catalog.translate(${text}, pg_catalog.translate(${text}, '0123456789', ''), '')`;
}

/** Nothing but digits and what stands between those of telephone, card and account numbers: letters make a token. */
function isWrittenNumber(text: string): string {
  return `pg_catalog.length(${text}) BETWEEN ${FEWEST_DIGITS} AND 40 AND pg_catalog.translate(${text}, '0123456789${BETWEEN_DIGITS}', '') = ''
    AND pg_catalog.length(${digitsOf(text)}) >= ${FEWEST_DIGITS}`;
}

/** What of a clear value is sought: two columns, the text, and whether it names a person by itself. */
function soughtForms(value: string, strategy: string): string {
  const several = `pg_catalog.length(${value}) >= 12 AND pg_catalog.strpos(pg_catalog.btrim(${value}), ' ') > 0`;
  const names = PUBLIC.includes(strategy) ? 'false' : several;
  const whole = `SELECT ${folded(value)} AS x, true AS strong WHERE pg_catalog.octet_length(${value}) <= ${LONGEST_TOKEN}
    AND (pg_catalog.strpos(${value}, '@') > 1 OR pg_catalog.length(${digitsOf(value)}) >= ${FEWEST_DIGITS} OR (${names}))`;
  const numbers = `SELECT ${digitsOf(value)}, true WHERE ${isWrittenNumber(value)}`;
  const split = `pg_catalog.string_to_array(pg_catalog.translate(${folded(value)}, ${BETWEEN}, ${SPACES}), ' ')`;
  const words = `SELECT pg_catalog.btrim(w, '${WORD_EDGES}'), false FROM pg_catalog.unnest(${split}) AS u(w) WHERE ${digitsOf('w')} = ''`;
  return [whole, numbers, ...(strategy.startsWith('name') ? [words] : [])].join(' UNION ALL ');
}

/** Of sampled rows nobody can say how many share a value; the planner says how many share one on average. */
function isShared(column: SensitiveColumn): boolean {
  const { rows } = column.table;
  return rows !== undefined && rows / distinctOf(column) >= MANY_ROWS;
}

/** How a query samples, and the hash that a text is known by: an expression of type bigint. */
export type Sketch = {
  readonly fingerprint: (text: string) => string;
  /** Share of the blocks in percent; all when undefined. */
  readonly percent: number | undefined;
};

function clause({ percent }: Sketch): string {
  return percent === undefined ? '' : ` TABLESAMPLE SYSTEM (${percent}) REPEATABLE (7)`;
}

/** Fingerprints of a sensitive column's values that the masks take away: bigint and boolean. */
export function realQuery(column: SensitiveColumn, sketch: Sketch): string {
  const names = `pg_catalog.strpos(pullgres_v, '@') > 1${column.mask === undefined ? '' : ` OR pg_catalog.length(${digitsOf('pullgres_v')}) >= ${FEWEST_DIGITS}`}`;
  const rare = isShared(column) ? 'false' : `pg_catalog.count(*) < ${MANY_ROWS}`;
  const values = `SELECT pullgres_v FROM (${lostValues(column, clause(sketch))}) AS pullgres_t
    GROUP BY pullgres_v HAVING ${rare} OR ${names}`;
  return sketchQuery(values, 'pullgres_v', column, sketch);
}

/** Fingerprints of the masks that the session's keys make of the column: with other keys than the copy's, the control. */
export function controlQuery(column: SensitiveColumn, sketch: Sketch): string {
  const values = `SELECT DISTINCT pullgres_w FROM (${madeValues(column, clause(sketch))}) AS pullgres_t`;
  return sketchQuery(values, 'pullgres_w', column, sketch);
}

function sketchQuery(values: string, value: string, { strategy }: SensitiveColumn, sketch: Sketch): string {
  return `SELECT ${sketch.fingerprint('f.x')}, f.strong FROM (${values}) AS pullgres_d
    CROSS JOIN LATERAL (${soughtForms(value, strategy)}) AS f WHERE pg_catalog.octet_length(f.x) >= ${SHORTEST_TOKEN}`;
}
