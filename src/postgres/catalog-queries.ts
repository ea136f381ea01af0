/** Schemas of the system and of temporary relations. */
const OWN_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/** The column that a sequence goes with: of serial and OWNED BY (a), of identity (i). */
const OWNERSHIP = `c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
      AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')`;

/**
 * Seconds for which the statistics were collected. Since 15 a database's own moment is null until somebody resets them;
 * the cluster's is the earliest that they can be from (docs: 27.2.17, 27.2.25).
 */
export const STATISTICS_AGE = `
  SELECT extract(epoch FROM now() - coalesce(d.stats_reset, b.stats_reset))::float8 AS seconds
  FROM pg_stat_bgwriter b LEFT JOIN pg_stat_database d ON d.datname = current_database()`;

/** One row a relation. Sizes of a partitioned one are its leaves'; a number that nobody knows yet is null. */
export const RELATIONS = `
  SELECT c.oid::text AS oid, n.nspname || '.' || c.relname AS name, c.relkind::text AS kind,
    CASE WHEN c.relkind IN ('p', 'I') THEN leaves.rows
         WHEN c.relkind IN ('v', 'f') THEN NULL
         ELSE CASE WHEN c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0 AND $1 < 14) THEN NULL ELSE c.reltuples END
    END AS rows,
    CASE WHEN c.relkind IN ('p', 'I') THEN leaves.bytes
         WHEN c.relkind IN ('v', 'f') THEN NULL
         ELSE pg_total_relation_size(c.oid)
    END AS bytes,
    ARRAY(SELECT i.inhparent::text FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
    CASE WHEN c.relkind IN ('v', 'm') THEN ARRAY(
      SELECT DISTINCT d.refobjid::text FROM pg_rewrite r
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      WHERE r.ev_class = c.oid AND r.ev_type = '1' AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid AND d.deptype = 'n')
    END AS reads,
    CASE WHEN c.relkind IN ('v', 'm') THEN ARRAY(
      SELECT DISTINCT ARRAY[d.refobjid::text, a.attname::text] FROM pg_rewrite r
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
      WHERE r.ev_class = c.oid AND r.ev_type = '1' AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid AND d.deptype = 'n' ORDER BY 1)
    END AS read_columns,
    CASE WHEN c.relkind = 'p' THEN ARRAY(
      SELECT coalesce(a.attname::text,
        -- Several expressions come as one text.
        CASE WHEN (SELECT count(*) FROM unnest(p.partattrs::smallint[]) e(number) WHERE e.number = 0) = 1
             THEN pg_get_expr(p.partexprs, c.oid) END,
        'an expression')
      FROM pg_partitioned_table p, unnest(p.partattrs::smallint[]) WITH ORDINALITY k(number, place)
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number AND k.number <> 0
      WHERE p.partrelid = c.oid ORDER BY k.place)
    END AS partition_key,
    EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partdefid = c.oid) AS is_default_partition,
    CASE WHEN c.relispartition AND c.relkind <> 'i' AND c.relkind <> 'I' THEN pg_get_expr(c.relpartbound, c.oid) END AS partition_bound,
    c.relpersistence = 'u' AS unlogged, c.relrowsecurity AS row_security,
    ARRAY(SELECT y.polname::text FROM pg_policy y WHERE y.polrelid = c.oid ORDER BY y.polname) AS policies,
    (SELECT d.refobjid::text FROM pg_depend d WHERE ${OWNERSHIP}) AS owner_table,
    (SELECT a.attname::text FROM pg_depend d
     JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE ${OWNERSHIP}) AS owner_column,
    CASE WHEN c.relkind = 'p' THEN leaves.scans ELSE s.seq_scan + coalesce(s.idx_scan, 0) END AS scans,
    CASE WHEN c.relkind = 'p' THEN leaves.changes ELSE s.n_tup_ins + s.n_tup_upd + s.n_tup_del END AS changes
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
  LEFT JOIN LATERAL (
    SELECT CASE WHEN bool_or(l.reltuples < 0 OR (l.reltuples = 0 AND l.relpages = 0 AND $1 < 14)) THEN NULL
                ELSE coalesce(sum(l.reltuples), 0) END AS rows,
           coalesce(sum(pg_total_relation_size(l.oid)), 0) AS bytes,
           sum(s.seq_scan + coalesce(s.idx_scan, 0)) AS scans, sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del) AS changes
    FROM pg_partition_tree(c.oid) t JOIN pg_class l ON l.oid = t.relid
    LEFT JOIN pg_stat_user_tables s ON s.relid = l.oid
    WHERE t.isleaf AND l.relkind NOT IN ('p', 'I')
  ) leaves ON c.relkind IN ('p', 'I')
  WHERE c.relkind = ANY ($2) AND ${OWN_SCHEMA}
  ORDER BY name`;

/** One row a column of everything that has columns of its own. */
export const COLUMNS = `
  SELECT a.attrelid::text AS relation, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AS not_null, a.attgenerated::text AS generated, a.attidentity <> '' AS identity,
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
    CASE WHEN a.attgenerated <> '' THEN ARRAY(
      SELECT DISTINCT b.attname::text FROM pg_depend p
      JOIN pg_attribute b ON b.attrelid = p.refobjid AND b.attnum = p.refobjsubid
      WHERE p.refclassid = 'pg_class'::regclass AND p.refobjid = a.attrelid AND b.attnum <> a.attnum
        AND ((p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid)
          OR (p.classid = 'pg_class'::regclass AND p.objid = a.attrelid AND p.objsubid = a.attnum))
      ORDER BY 1)
    END AS computed_from
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${OWN_SCHEMA}
  ORDER BY a.attrelid, a.attnum`;

/** One row a constraint of a relation. Constraint triggers are none of ours. */
export const CONSTRAINTS = `
  SELECT o.conrelid::text AS relation, o.conname AS name, o.contype::text AS kind, o.convalidated AS validated,
    ARRAY(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(number, place)
          JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
    CASE WHEN o.contype = 'c' THEN pg_get_expr(o.conbin, o.conrelid) END AS expression,
    CASE WHEN o.contype = 'f' THEN o.confrelid::text END AS "references",
    CASE WHEN o.contype = 'f' THEN ARRAY(
      SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k(number, place)
      JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number ORDER BY k.place)
    END AS referenced_columns,
    o.contype IN ('c', 'n') AND o.connoinherit AS no_inherit, o.condeferrable AS deferrable, o.condeferred AS deferred,
    o.confdeltype::text AS on_delete, o.confupdtype::text AS on_update,
    -- The column came with 18.
    coalesce((to_jsonb(o) ->> 'conenforced')::boolean, true) AS enforced,
    CASE WHEN o.contype IN ('p', 'u', 'x') THEN o.conindid::text END AS index
  FROM pg_constraint o
  JOIN pg_class c ON c.oid = o.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE o.contype IN ('c', 'n', 'p', 'u', 'f', 'x') AND ${OWN_SCHEMA}
    -- A foreign key to a partitioned table has one more row for each of its partitions.
    AND NOT EXISTS (SELECT FROM pg_constraint whole WHERE whole.oid = o.conparentid AND whole.conrelid = o.conrelid)
  ORDER BY o.conrelid, o.conname`;

/** One row an index; its key columns only, those of INCLUDE left out. */
export const INDEXES = `
  SELECT i.indexrelid::text AS relation, i.indrelid::text AS "table", i.indisunique AS "unique",
    ARRAY(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attnum = ANY ((i.indkey::smallint[])[0:i.indnkeyatts - 1])
            -- An index that a constraint made depends on that, not on the columns of its INCLUDE.
            AND (a.attnum = ANY (i.indkey::smallint[]) OR EXISTS (
              SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))
          ORDER BY a.attnum) AS other_columns,
    i.indisvalid AS valid, m.amname AS method, pg_get_expr(i.indpred, i.indrelid) AS predicate,
    ARRAY(SELECT coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, k.place::integer, false))
          FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(number, place)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
          WHERE k.place <= i.indnkeyatts ORDER BY k.place) AS columns,
    NOT EXISTS (SELECT FROM generate_series(0, i.indnkeyatts - 1) k
      JOIN pg_opclass o ON o.oid = i.indclass[k]
      LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND i.indkey[k] <> 0
      WHERE NOT o.opcdefault OR i.indoption[k] <> 0
        OR i.indcollation[k] <> coalesce(a.attcollation, i.indcollation[k])) AS plain_keys
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_am m ON m.oid = c.relam
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OWN_SCHEMA}`;

/** Enums, domains, ranges and composite types that are no table's row type. */
export const TYPES = `
  SELECT n.nspname || '.' || t.typname AS name, t.typtype::text AS kind,
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
    t.typnotnull OR EXISTS (SELECT FROM pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c') AS constrained
  FROM pg_type t
  JOIN pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE t.typtype IN ('e', 'd', 'r', 'c') AND (t.typtype <> 'c' OR c.relkind = 'c') AND ${OWN_SCHEMA}
  ORDER BY name`;

/** The users' own functions; of overloads the most volatile one counts (`v` sorts after `s` and `i`). */
export const FUNCTIONS = `
  SELECT n.nspname || '.' || p.proname AS name, max(p.provolatile::text) AS volatility
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prokind IN ('f', 'p', 'w') AND ${OWN_SCHEMA}
  GROUP BY 1
  ORDER BY 1`;
