/** Schemas of the system and of temporary relations; the session's search_path is empty, so pg_catalog is all that is found. */
const OWN_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/** What the schema's tables are: partitioned, plain, foreign. */
const TABLES_OF = `c.relkind IN ('r', 'p', 'f') AND ${OWN_SCHEMA}`;

/** Columns that an object reads, by what it depends on; those that its own list of numbers names come along. */
function columnsRead(classid: string, oid: string, relation: string, numbers: string): string {
  return `ARRAY(SELECT a.attname::text FROM pg_attribute a
    WHERE a.attrelid = ${relation} AND a.attnum > 0 AND NOT a.attisdropped AND (a.attnum = ANY (${numbers}) OR EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = '${classid}'::regclass AND d.objid = ${oid}
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ${relation} AND d.refobjsubid = a.attnum))
    ORDER BY a.attnum)`;
}

function columnsNamed(numbers: string, relation: string): string {
  return `ARRAY(SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY k(number, place)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = k.number ORDER BY k.place)`;
}

/**
 * One row a table. Each column of a partition key depends on its table as a whole (StorePartitionKey in heap.c), those
 * in expressions too. `$1`: the major version: before 14 a table that was never counted has 0 rows, not -1.
 */
export const TABLES = `
  SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
    c.relpersistence = 'u' AS unlogged, c.relispartition AS is_partition,
    ARRAY(SELECT i.inhparent::text FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
    CASE WHEN c.relkind = 'p' THEN ARRAY(
      SELECT a.attname::text FROM pg_attribute a
      JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = a.attnum
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = 0 AND d.deptype = 'i'
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
    END AS partition_columns,
    CASE WHEN c.relkind <> 'r' OR c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0 AND $1 < 14) THEN NULL
         ELSE c.reltuples::float8 END AS rows,
    CASE WHEN c.relkind = 'r' THEN pg_table_size(c.oid)::float8 END AS bytes,
    CASE WHEN c.relkind = 'r' THEN pg_indexes_size(c.oid)::float8 END AS index_bytes,
    CASE WHEN c.relkind = 'r' THEN ceil(pg_relation_size(c.oid) / current_setting('block_size')::numeric)::float8 END AS blocks,
    (s.seq_scan + coalesce(s.idx_scan, 0))::float8 AS scans,
    (s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::float8 AS changes,
    e.extname AS extension,
    (SELECT w.condition FROM unnest(e.extconfig, e.extcondition) w(member, condition) WHERE w.member = c.oid) AS extension_rows
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
  LEFT JOIN pg_depend m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid AND m.objsubid = 0 AND m.deptype = 'e'
    AND m.refclassid = 'pg_extension'::regclass
  LEFT JOIN pg_extension e ON e.oid = m.refobjid
  WHERE ${TABLES_OF}
  ORDER BY n.nspname, c.relname`;

/** One row a column. In 18 attnotnull is also set by a NOT NULL constraint that is not validated, which proves nothing yet. */
export const COLUMNS = `
  SELECT a.attrelid::text AS relation, a.attname AS name, a.attnum::int AS number, a.atttypid::text AS type, a.atttypmod AS modifier,
    a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint o
      WHERE o.conrelid = a.attrelid AND o.contype = 'n' AND NOT o.convalidated AND a.attnum = ANY (o.conkey)) AS not_null,
    a.attgenerated::text AS generated, a.attidentity::text AS identity,
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default"
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped AND ${TABLES_OF}
  ORDER BY a.attrelid, a.attnum`;

/** An array that is subscripted as arrays are: a name or a point has elements as well. */
const IS_ARRAY = "t.typelem <> 0 AND t.typlen = -1 AND t.typcategory = 'A'";

/**
 * One row for each type with its modifier that a column has, and for all that it is made of: below domains, elements of
 * arrays, fields of composites. A modifier of an array is its element's (format_type_extended in format_type.c).
 */
export const TYPES = `
  WITH RECURSIVE used (type, modifier) AS (
    SELECT a.atttypid, a.atttypmod FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND ${TABLES_OF}
    UNION
    SELECT p.type, p.modifier FROM used u JOIN pg_type t ON t.oid = u.type, LATERAL (
      SELECT t.typbasetype, t.typtypmod WHERE t.typtype = 'd'
      UNION ALL SELECT t.typelem, u.modifier WHERE ${IS_ARRAY}
      UNION ALL SELECT f.atttypid, f.atttypmod FROM pg_attribute f
        WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
    ) p (type, modifier)
  )
  SELECT u.type::text AS type, u.modifier, format_type(u.type, u.modifier) AS sql, t.typname AS name, n.nspname AS schema,
    t.typtype::text AS kind, t.typcategory::text AS category, t.typbasetype::text AS base, t.typtypmod AS base_modifier,
    CASE WHEN ${IS_ARRAY} THEN t.typelem::text END AS element, t.typnotnull AS not_null,
    CASE WHEN t.typtype = 'e' THEN ARRAY(SELECT l.enumlabel::text FROM pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) END AS labels,
    CASE WHEN t.typtype = 'd' THEN ARRAY(SELECT pg_get_expr(o.conbin, 0) FROM pg_constraint o
      WHERE o.contypid = t.oid AND o.contype = 'c' ORDER BY o.conname) END AS checks,
    CASE WHEN t.typtype = 'c' THEN (SELECT coalesce(jsonb_agg(jsonb_build_array(f.attname, f.atttypid::text, f.atttypmod) ORDER BY f.attnum), '[]')
      FROM pg_attribute f WHERE f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped) END AS fields
  FROM used u JOIN pg_type t ON t.oid = u.type JOIN pg_namespace n ON n.oid = t.typnamespace`;

/**
 * Primary keys, unique and exclusion constraints and unique indexes, as pg_dump takes them: not those that a failed
 * CREATE INDEX CONCURRENTLY left. An index of a constraint depends on that and not on its columns, so its own numbers count too.
 */
export const KEYS = `
  SELECT i.indrelid::text AS relation, x.relname AS name, i.indisprimary AS is_primary, i.indisexclusion AS is_exclusion,
    coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,
    (SELECT jsonb_agg(CASE WHEN a.attname IS NULL
        THEN jsonb_build_object('expression', pg_get_indexdef(i.indexrelid, k.place::integer, false))
        ELSE jsonb_build_object('column', a.attname) END ORDER BY k.place)
     FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(number, place)
     LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
     WHERE k.place <= i.indnkeyatts) AS parts,
    ${columnsRead('pg_class', 'i.indexrelid', 'i.indrelid', '(i.indkey::smallint[])[0:i.indnkeyatts - 1]')} AS reads,
    pg_get_expr(i.indpred, i.indrelid) AS predicate
  FROM pg_index i
  JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (i.indisunique OR i.indisexclusion) AND i.indisready AND (i.indisvalid OR c.relkind = 'p') AND ${TABLES_OF}
  ORDER BY i.indrelid, i.indisprimary DESC, x.relname`;

/** A foreign key to a partitioned table has one more row on the same table for each of its partitions. */
export const FOREIGN_KEYS = `
  SELECT o.conrelid::text AS relation, o.conname AS name, o.convalidated AS validated, o.confrelid::text AS "references",
    ${columnsNamed('o.conkey', 'o.conrelid')} AS columns, ${columnsNamed('o.confkey', 'o.confrelid')} AS referenced_columns
  FROM pg_constraint o
  JOIN pg_class c ON c.oid = o.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE o.contype = 'f' AND ${TABLES_OF}
    AND NOT EXISTS (SELECT FROM pg_constraint whole WHERE whole.oid = o.conparentid AND whole.conrelid = o.conrelid)
  ORDER BY o.conrelid, o.conname`;

export const CHECKS = `
  SELECT o.conrelid::text AS relation, o.conname AS name, ${columnsNamed('o.conkey', 'o.conrelid')} AS columns,
    pg_get_expr(o.conbin, o.conrelid) AS expression
  FROM pg_constraint o
  JOIN pg_class c ON c.oid = o.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE o.contype = 'c' AND ${TABLES_OF}
  ORDER BY o.conrelid, o.conname`;

/** Of a partitioned table the planner's figures are those of all its partitions together. No value is read. */
export const STATISTICS = `
  SELECT c.oid::text AS relation, p.attname AS name, p.null_frac::float8 AS null_fraction, p.n_distinct::float8 AS "distinct",
    p.avg_width AS width, p.correlation::float8 AS correlation, p.most_common_freqs::float8[] AS frequencies
  FROM pg_stats p
  JOIN pg_namespace n ON n.nspname = p.schemaname
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
  WHERE p.inherited = (c.relkind = 'p') AND ${TABLES_OF}`;

export const EXTENSIONS = `
  SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY e.extname`;
