/** OIDs below are the system's own (docs: 8.19, FirstNormalObjectId); pg_upgrade and template copies keep the others. */
export const FIRST_OWN_OID = 16384;

/** An object that CREATE EXTENSION made goes with its extension, and is told by its version. */
export function isMember(catalog: string, oid: string): string {
  return `EXISTS (SELECT FROM pg_depend member WHERE member.classid = '${catalog}'::regclass AND member.objid = ${oid} AND member.deptype = 'e')`;
}

/** A schema that comes and goes by itself: of TOAST tables and of sessions' temporary relations. */
export const PASSING_SCHEMAS = `SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(toast|temp)'`;

/**
 * One piece of an object's DDL, where `condition` holds: its text, and what the server has stored for it. The second
 * names other objects by OID, so that their renaming changes only the first.
 */
export function part(condition: string, text: string, stored = 'NULL::text'): string {
  return `CASE WHEN ${condition} THEN jsonb_build_array(${text}, ${stored}) END`;
}

/** The pieces that are there, as one JSON array. */
export function parts(...pieces: readonly string[]): string {
  return `to_jsonb(array_remove(ARRAY[${pieces.join(', ')}]::jsonb[], NULL))`;
}

/** The names of an option list, and the values of those that cannot be secret; by its digest alone others are compared. */
export function options(list: string): string {
  return `'OPTIONS (' || (SELECT string_agg(CASE WHEN lower(split_part(o, '=', 1)) = ANY (ARRAY[${PLAIN_OPTIONS}])
      THEN split_part(o, '=', 1) || ' ' || quote_literal(substr(o, strpos(o, '=') + 1))
      ELSE split_part(o, '=', 1) || ' ***' END, ', ' ORDER BY place) FROM unnest(${list}) WITH ORDINALITY given(o, place)) || ')'`;
}

/** Options of postgres_fdw and file_fdw that say where and how, not by what right. */
const PLAIN_OPTIONS = [
  'host',
  'port',
  'dbname',
  'schema_name',
  'table_name',
  'column_name',
  'updatable',
  'truncatable',
  'use_remote_estimate',
  'fetch_size',
  'batch_size',
  'async_capable',
  'analyze_sampling',
  'extensions',
  'format',
  'header',
  'delimiter',
  'encoding',
  'key',
]
  .map((name) => `'${name}'`)
  .join(', ');
