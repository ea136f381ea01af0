import { identifierText } from '../../sql/identifier.ts';
import type { SourceType } from '../source.ts';
import { leavesOf } from './leaves.ts';
import { lostValues, madeValues } from './sample-query.ts';
import type { SensitiveColumn } from './sensitive.ts';

/** How texts become fingerprints, and which part of all fingerprints is looked at. */
export type Sketch = {
  /** Of an expression of type text, to bytea of eight bytes. */
  readonly fingerprint: (text: string) => string;
  /** One in 2 ** thinning, the same ones on both sides: chosen by the server's own hash, which is six times faster. */
  readonly thinning: number;
  /** 64 bits as text, of the run. */
  readonly seed: string;
};

/** Letters that stand between words; those that stand inside of addresses do not. */
const BETWEEN = `E',;:!?"''()[]{}<>|/\\\\=&\\n\\r\\t'`;
const SPACES = "'                    '";
const EDGES = "'.-_+*#'";
const SHORTEST = 5;
const LONGEST = 200;
const FEWEST_DIGITS = 9;
/** As many rows share a town, not an address. */
const MANY_ROWS = 5;
/** Names that are in every gazetteer and register. */
const PUBLIC = ['city', 'company', 'url'];

/** ASCII only, so that servers with other locales fold alike. */
function folded(text: string): string {
  return `pg_catalog.lower(pg_catalog.btrim(${text}) COLLATE pg_catalog."C")`;
}

function digitsOf(text: string): string {
  return `pg_catalog.translate(${text}, pg_catalog.translate(${text}, '0123456789', ''), '')`;
}

/** Nothing but digits and what stands between those of telephone, card and account numbers: letters make a token, not a number. */
function isWrittenNumber(text: string): string {
  return `pg_catalog.length(${text}) BETWEEN ${FEWEST_DIGITS} AND 40 AND pg_catalog.translate(${text}, '0123456789 +-./()', '') = ''
    AND pg_catalog.length(${digitsOf(text)}) >= ${FEWEST_DIGITS}`;
}

function wordsOf(text: string): string {
  return `pg_catalog.unnest(pg_catalog.string_to_array(pg_catalog.translate(${folded(text)}, ${BETWEEN}, ${SPACES}), ' '))`;
}

function thinned(text: string, { thinning, seed }: Sketch): string {
  if (thinning === 0) return '';
  return ` AND pg_catalog.hashtextextended(${text} COLLATE pg_catalog."C", ${seed}) & ${2 ** thinning - 1} = 0`;
}

/** What of a clear value is sought: two columns, the text, and whether it names a person by itself. */
function soughtForms(value: string, strategy: string): string {
  const several = `pg_catalog.length(${value}) >= 12 AND pg_catalog.strpos(pg_catalog.btrim(${value}), ' ') > 0`;
  const names = PUBLIC.includes(strategy) ? 'false' : several;
  const digits = digitsOf(value);
  const whole = `SELECT ${folded(value)} AS x, true AS strong WHERE pg_catalog.length(${value}) <= ${LONGEST}
    AND (pg_catalog.strpos(${value}, '@') > 1 OR pg_catalog.length(${digits}) >= ${FEWEST_DIGITS} OR (${names}))`;
  const numbers = `SELECT ${digits}, true WHERE ${isWrittenNumber(value)}`;
  const words = `SELECT w, false FROM ${wordsOf(value)} AS u(w) WHERE pg_catalog.length(w) >= ${SHORTEST} AND ${digitsOf('w')} = ''`;
  return [whole, numbers, ...(strategy.startsWith('name') ? [words] : [])].join(' UNION ALL ');
}

/** Fingerprints of a sensitive column's values that the masks take away: bytea and boolean. */
export function realQuery(column: SensitiveColumn, sketch: Sketch): string {
  const isPublic = `pg_catalog.strpos(pullgres_v, '@') > 1${column.mask === undefined ? '' : ` OR pg_catalog.length(${digitsOf('pullgres_v')}) >= ${FEWEST_DIGITS}`}`;
  const values = `SELECT pullgres_v FROM (${lostValues(column)}) AS pullgres_t
    GROUP BY pullgres_v HAVING pg_catalog.count(*) < ${MANY_ROWS} OR ${isPublic}`;
  return sketchQuery(values, 'pullgres_v', column, sketch);
}

/** Fingerprints of the masks that the session's keys make of the column: with other keys than the copy's, the control. */
export function controlQuery(column: SensitiveColumn, sketch: Sketch): string {
  return sketchQuery(
    `SELECT DISTINCT pullgres_w FROM (${madeValues(column)}) AS pullgres_t`,
    'pullgres_w',
    column,
    sketch,
  );
}

function sketchQuery(values: string, value: string, { strategy }: SensitiveColumn, sketch: Sketch): string {
  return `SELECT ${sketch.fingerprint('f.x')}, f.strong FROM (${values}) AS pullgres_d
    CROSS JOIN LATERAL (${soughtForms(value, strategy)}) AS f
    WHERE pg_catalog.length(f.x) >= ${SHORTEST}${thinned('f.x', sketch)}`;
}

/** A column of the copy: where it is, and what kind of values it has. */
export type TargetColumn = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly category: SourceType['category'];
};

/**
 * Fingerprints of all that stands in a column of the copy: whole values, their words, and their digits alone; leaves of
 * JSON, from Postgres 16 on also of JSON inside text, and elements. Before 16 such JSON is read as words.
 */
export function tokensQuery(column: TargetColumn, version: number, sketch: Sketch): string {
  const relation = `ONLY ${identifierText(column.schema)}.${identifierText(column.table)}`;
  const type: SourceType = { sql: '', base: '', baseSchema: '', category: column.category };
  const leaves = leavesOf(`t.${identifierText(column.column)}`, type);
  const isText = column.category === 'text';
  const inner = isText && version >= 16 ? ` CROSS JOIN LATERAL (${withInnerJson('o.v')}) AS l(v)` : '';
  const source = `${relation} AS t CROSS JOIN LATERAL (${leaves}) AS ${inner === '' ? 'l' : 'o'}(v)${inner}`;
  return `SELECT ${sketch.fingerprint('k.x')} FROM ${source} CROSS JOIN LATERAL (${tokensOf('l.v')}) AS k(x)
    WHERE pg_catalog.length(k.x) >= ${SHORTEST}${thinned('k.x', sketch)}`;
}

function withInnerJson(text: string): string {
  const document = `CASE WHEN pg_catalog.left(pg_catalog.ltrim(${text}), 1) IN ('{', '[') AND ${text} IS JSON AND pg_catalog.strpos(${text}, '\\u0000') = 0 THEN ${text} END`;
  const json: SourceType = { sql: '', base: '', baseSchema: '', category: 'json' };
  return `SELECT ${text} UNION ALL ${leavesOf(document, json)}`;
}

function tokensOf(text: string): string {
  const whole = `SELECT ${folded(text)} WHERE pg_catalog.length(${text}) BETWEEN ${SHORTEST} AND ${LONGEST}`;
  const number = `SELECT ${digitsOf(text)} WHERE ${isWrittenNumber(text)}`;
  const words = `SELECT y FROM ${wordsOf(text)} AS u(w) CROSS JOIN LATERAL (VALUES (pg_catalog.btrim(w, ${EDGES})),
    (CASE WHEN ${isWrittenNumber('w')} THEN ${digitsOf('w')} END)) AS z(y)
    WHERE pg_catalog.length(w) >= ${SHORTEST}`;
  return [whole, number, words].join(' UNION ALL ');
}
