import { FIRST_OWN_OID, isMember, options, PASSING_SCHEMAS, part, parts } from './schema-parts.ts';

const OWN = `c.oid >= ${FIRST_OWN_OID} AND c.relnamespace NOT IN (${PASSING_SCHEMAS})`;

/** The column that a sequence goes with: of serial and OWNED BY (a), of identity (i). */
const OWNER_COLUMN = `FROM pg_depend d WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid
    AND d.objsubid = 0 AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')`;

const PARENTS = `(SELECT coalesce(jsonb_agg(jsonb_build_array('INHERITS (' || i.inhparent::regclass::text || ')',
      'inherits ' || i.inhparent) ORDER BY i.inhseqno), '[]') FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition)`;

const TABLE_PARTS = parts(
  part("c.relpersistence = 'u'", "'UNLOGGED'"),
  part('c.reloftype <> 0', "'OF ' || format_type(c.reloftype, NULL)", "'of ' || c.reloftype"),
  part(
    "c.relkind = 'p'",
    "'PARTITION BY ' || pg_get_partkeydef(c.oid)",
    "(SELECT 'by ' || md5((to_jsonb(p) - 'partdefid')::text) FROM pg_partitioned_table p WHERE p.partrelid = c.oid)",
  ),
  part(
    "c.relispartition AND c.relkind NOT IN ('i', 'I')",
    "(SELECT 'PARTITION OF ' || i.inhparent::regclass::text || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i WHERE i.inhrelid = c.oid)",
    "(SELECT 'partition ' || i.inhparent || ' ' || md5(c.relpartbound::text) FROM pg_inherits i WHERE i.inhrelid = c.oid)",
  ),
  part('c.reloptions IS NOT NULL', "'WITH (' || array_to_string(c.reloptions, ', ') || ')'"),
  part(
    'toast.reloptions IS NOT NULL',
    "'WITH (toast.' || array_to_string(toast.reloptions, ', toast.') || ')'",
  ),
  part(
    'c.reltablespace <> 0',
    "(SELECT 'TABLESPACE ' || quote_ident(spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace)",
  ),
  part(
    "c.relkind IN ('r', 'p', 'm') AND c.relam <> 0",
    "(SELECT 'USING ' || quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap')",
  ),
  part("c.relreplident = 'f'", "'REPLICA IDENTITY FULL'"),
  part("c.relkind IN ('r', 'p') AND c.relreplident = 'n'", "'REPLICA IDENTITY NOTHING'"),
  part('c.relrowsecurity', "'ENABLE ROW LEVEL SECURITY'"),
  part('c.relforcerowsecurity', "'FORCE ROW LEVEL SECURITY'"),
  part("c.relkind = 'm' AND NOT c.relispopulated", "'WITH NO DATA'"),
  part(
    'f.ftrelid IS NOT NULL',
    `concat_ws(' ', (SELECT 'SERVER ' || quote_ident(srvname) FROM pg_foreign_server s WHERE s.oid = f.ftserver), ${options('f.ftoptions')})`,
    "'foreign ' || f.ftserver || ' ' || md5(f.ftoptions::text)",
  ),
  part(
    "c.relkind IN ('v', 'm')",
    "'AS' || E'\\n' || pg_get_viewdef(c.oid)",
    "'view ' || md5(view.ev_action::text)",
  ),
  part(
    'q.seqrelid IS NOT NULL',
    `'AS ' || format_type(q.seqtypid, NULL) || ' START ' || q.seqstart || ' INCREMENT ' || q.seqincrement
      || ' MINVALUE ' || q.seqmin || ' MAXVALUE ' || q.seqmax || ' CACHE ' || q.seqcache || CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END`,
  ),
  part(
    "c.relkind = 'S' AND column_.attname IS NOT NULL",
    "'OWNED BY ' || column_.attrelid::regclass::text || '.' || quote_ident(column_.attname)",
    "'owned ' || column_.attrelid || ' ' || column_.attnum",
  ),
);

/** Tables, views, sequences, foreign tables: one row each. A view's text takes ACCESS SHARE on what it reads, until the transaction ends. */
export const RELATIONS = `
  SELECT 'pg_class' AS class, c.oid::text AS oid, c.relkind::text AS kind, c.relname AS name, c.relnamespace::text AS schema,
    CASE WHEN c.relkind IN ('r', 'm') THEN c.relfilenode::bigint::text END AS filenode,
    (SELECT 'pg_class:' || d.refobjid || ':0' ${OWNER_COLUMN}) AS of,
    ${TABLE_PARTS} || ${PARENTS} AS parts
  FROM pg_class c
  LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid AND toast.reloptions IS NOT NULL
  LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
  LEFT JOIN pg_rewrite view ON view.ev_class = c.oid AND view.rulename = '_RETURN' AND c.relkind IN ('v', 'm')
  LEFT JOIN pg_sequence q ON q.seqrelid = c.oid
  LEFT JOIN LATERAL (SELECT d.refobjid, d.refobjsubid ${OWNER_COLUMN} LIMIT 1) owner ON c.relkind = 'S'
  LEFT JOIN pg_attribute column_ ON column_.attrelid = owner.refobjid AND column_.attnum = owner.refobjsubid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND ${OWN} AND NOT ${isMember('pg_class', 'c.oid')}`;

/** In PG 17 null says what -1 said before: the default (docs: 52.7). Kept by a view for its INSTEAD OF triggers, a default is its own. */
const COLUMN_PARTS = parts(
  part(
    "c.relkind NOT IN ('v', 'm') OR d.oid IS NOT NULL",
    `concat_ws(' ', format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation::text END,
      CASE WHEN a.attnotnull THEN 'NOT NULL' END,
      CASE a.attgenerated WHEN '' THEN 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
        WHEN 's' THEN 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
        ELSE 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') VIRTUAL' END,
      CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END)`,
    `concat_ws(' ', a.atttypid, a.atttypmod, a.attcollation, a.attnotnull, a.attgenerated, a.attidentity, md5(d.adbin::text))`,
  ),
  part(
    "a.attstorage <> t.typstorage AND c.relkind NOT IN ('v', 'c')",
    "'STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END",
  ),
  part('a.attoptions IS NOT NULL', "'SET (' || array_to_string(a.attoptions, ', ') || ')'"),
  part('a.attstattarget >= 0', "'STATISTICS ' || a.attstattarget"),
  part('a.attfdwoptions IS NOT NULL', options('a.attfdwoptions'), "'options ' || md5(a.attfdwoptions::text)"),
);

/** A column that a parent has too names that one in `from`. */
export const COLUMNS = (version: number): string => `
  SELECT 'pg_class' AS class, a.attrelid::text AS oid, a.attnum AS sub, 'a' || c.relkind::text AS kind, a.attname AS name,
    CASE WHEN c.relkind = 'c' THEN 'pg_type:' || c.reltype || ':0' ELSE 'pg_class:' || a.attrelid || ':0' END AS of,
    CASE WHEN a.attinhcount > 0 THEN (
      SELECT 'pg_class:' || i.inhparent || ':' || above.attnum FROM pg_inherits i
      JOIN pg_attribute above ON above.attrelid = i.inhparent AND above.attname = a.attname
      WHERE i.inhrelid = a.attrelid ORDER BY i.inhseqno LIMIT 1) END AS "from",
    ${COLUMN_PARTS}${version < 14 ? '' : ` || ${parts(part("a.attcompression <> ''", "'COMPRESSION ' || CASE a.attcompression WHEN 'p' THEN 'pglz' ELSE 'lz4' END"))}`} AS parts
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${OWN}
  ORDER BY a.attrelid, a.attnum`;

const CONSTRAINT_STORED = `md5((to_jsonb(o) - 'conname' - 'connamespace' - 'conislocal' - 'coninhcount' - 'conindid' - 'conparentid')::text)`;

/**
 * Constraints of tables and domains. A NOT NULL of 18 is told by its column, unless it is not validated or not
 * inherited. A part of one on a partitioned table names the whole in `from`.
 */
export const CONSTRAINTS = `
  SELECT 'pg_constraint' AS class, o.oid::text AS oid, 'constraint' AS kind, o.conname AS name,
    CASE WHEN o.conrelid <> 0 THEN 'pg_class:' || o.conrelid || ':0' ELSE 'pg_type:' || o.contypid || ':0' END AS of,
    CASE WHEN o.conparentid <> 0 THEN 'pg_constraint:' || o.conparentid || ':0'
         WHEN o.coninhcount > 0 THEN (
           SELECT 'pg_constraint:' || above.oid || ':0' FROM pg_inherits i
           JOIN pg_constraint above ON above.conrelid = i.inhparent AND above.conname = o.conname
           WHERE i.inhrelid = o.conrelid ORDER BY i.inhseqno LIMIT 1) END AS "from",
    ${parts(
      part(
        "o.contype <> 'n' OR NOT o.convalidated OR o.connoinherit",
        'pg_get_constraintdef(o.oid)',
        CONSTRAINT_STORED,
      ),
      part(
        "o.contype = 'f' AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = o.oid AND g.tgisinternal AND g.tgenabled <> 'O')",
        "'TRIGGERS NOT ENABLED AS USUAL'",
      ),
    )} AS parts
  FROM pg_constraint o
  WHERE o.oid >= ${FIRST_OWN_OID} AND o.contype <> 't' AND (o.conrelid <> 0 OR o.contypid <> 0)`;

/** An index that carries a constraint is told by that one, but for its state. */
export const INDEXES = `
  SELECT 'pg_class' AS class, c.oid::text AS oid, 'i' AS kind, c.relname AS name, c.relnamespace::text AS schema,
    c.relfilenode::bigint::text AS filenode, 'pg_class:' || i.indrelid || ':0' AS of,
    coalesce('pg_constraint:' || o.oid || ':0', 'pg_class:' || h.inhparent || ':0') AS "from",
    ${parts(
      part(
        'o.oid IS NULL',
        'pg_get_indexdef(c.oid)',
        `md5(concat_ws(' ', c.relam, i.indisunique, to_jsonb(i) ->> 'indnullsnotdistinct', i.indnkeyatts, i.indkey, i.indcollation, i.indclass,
          i.indoption, i.indexprs, '/', i.indpred, '/', c.reloptions))`,
      ),
      part('NOT i.indisvalid', "'INVALID'"),
      part('i.indisclustered', "'CLUSTER ON'"),
      part('i.indisreplident', "'REPLICA IDENTITY'"),
      part(
        'c.reltablespace <> 0',
        "(SELECT 'TABLESPACE ' || quote_ident(spcname) FROM pg_tablespace s WHERE s.oid = c.reltablespace)",
      ),
    )} || (SELECT coalesce(jsonb_agg(jsonb_build_array('ALTER COLUMN ' || a.attnum || ' SET STATISTICS ' || a.attstattarget, NULL) ORDER BY a.attnum), '[]')
           FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS parts
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  LEFT JOIN pg_constraint o ON o.conindid = c.oid AND o.conrelid = i.indrelid AND o.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_inherits h ON h.inhrelid = c.oid
  WHERE ${OWN}`;
