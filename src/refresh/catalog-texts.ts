/** A place in the target that can hold a value and is no row of a table. */
export type TextSource = {
  readonly kind: string;
  /** Oldest major version that has it. */
  readonly since?: number;
  /** Gives two columns: a name, and what stands there, as text or bytes. */
  readonly query: string;
  /** For who is no superuser, where the query asks for what only that one may read. */
  readonly otherwise?: string;
};

const RELATION = (oid: string): string => `${oid}::pg_catalog.regclass::pg_catalog.text`;

/** Objects that initdb made hold nobody's values, and pg_get_functiondef of all of them takes long. */
const OWN = 'oid >= 16384';

/**
 * Every such place of the catalogs, each as the server prints it: literals in stored expressions are kept as lists of
 * byte numbers (`[ 83 69 67 … ]`), which no search of the files could see.
 */
export const CATALOG_TEXTS: readonly TextSource[] = [
  {
    kind: 'comment',
    query: `SELECT classoid::pg_catalog.regclass || ' ' || objoid || ' ' || objsubid, description FROM pg_catalog.pg_description
      UNION ALL SELECT classoid::pg_catalog.regclass || ' ' || objoid, description FROM pg_catalog.pg_shdescription s
      WHERE objoid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
  },
  {
    kind: 'security label',
    query: `SELECT classoid::pg_catalog.regclass || ' ' || objoid, label FROM pg_catalog.pg_seclabel`,
  },
  {
    kind: 'default',
    query: `SELECT ${RELATION('adrelid')} || ' column ' || adnum, pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef`,
  },
  {
    kind: 'missing value',
    query: `SELECT ${RELATION('attrelid')} || ' column ' || attnum, attmissingval::pg_catalog.text FROM pg_catalog.pg_attribute WHERE attmissingval IS NOT NULL`,
  },
  {
    kind: 'enum label',
    query: `SELECT enumtypid::pg_catalog.regtype::pg_catalog.text, enumlabel::pg_catalog.text FROM pg_catalog.pg_enum`,
  },
  {
    kind: 'view',
    query: `SELECT ${RELATION('oid')}, pg_catalog.pg_get_viewdef(oid) FROM pg_catalog.pg_class WHERE relkind IN ('v', 'm') AND ${OWN}`,
  },
  {
    kind: 'rule',
    query: `SELECT ${RELATION('ev_class')}, pg_catalog.pg_get_ruledef(oid) FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN' AND ${OWN}`,
  },
  {
    kind: 'function',
    query: `SELECT oid::pg_catalog.regprocedure::pg_catalog.text, pg_catalog.concat_ws(E'\\n', prosrc, probin, proconfig::text,
        CASE WHEN prokind <> 'a' THEN pg_catalog.pg_get_functiondef(oid) END) FROM pg_catalog.pg_proc WHERE ${OWN}`,
  },
  {
    kind: 'constraint',
    query: `SELECT conname::pg_catalog.text, pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE ${OWN}`,
  },
  {
    kind: 'domain default',
    query: `SELECT oid::pg_catalog.regtype::pg_catalog.text, pg_catalog.concat_ws(' ', typdefault, pg_catalog.pg_get_expr(typdefaultbin, 0)) FROM pg_catalog.pg_type WHERE ${OWN}`,
  },
  {
    kind: 'index',
    query: `SELECT ${RELATION('indexrelid')}, pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index WHERE indexrelid >= 16384`,
  },
  {
    kind: 'trigger',
    query: `SELECT tgname::pg_catalog.text, pg_catalog.pg_get_triggerdef(oid) || ' ' || pg_catalog.encode(tgargs, 'escape') FROM pg_catalog.pg_trigger WHERE ${OWN}`,
  },
  {
    kind: 'policy',
    query: `SELECT polname::pg_catalog.text, pg_catalog.concat_ws(' ', pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)) FROM pg_catalog.pg_policy`,
  },
  {
    kind: 'partition bound',
    query: `SELECT ${RELATION('oid')}, pg_catalog.pg_get_expr(relpartbound, oid) FROM pg_catalog.pg_class WHERE relpartbound IS NOT NULL`,
  },
  {
    kind: 'publication',
    since: 15,
    query: `SELECT ${RELATION('prrelid')}, pg_catalog.pg_get_expr(prqual, prrelid) FROM pg_catalog.pg_publication_rel`,
  },
  {
    kind: 'subscription',
    query: `SELECT subname::pg_catalog.text, pg_catalog.concat_ws(' ', subconninfo, subslotname, subpublications::text) FROM pg_catalog.pg_subscription`,
    otherwise: `SELECT subname::pg_catalog.text, pg_catalog.concat_ws(' ', subslotname, subpublications::text) FROM pg_catalog.pg_subscription`,
  },
  {
    kind: 'options of a foreign server, table or column',
    query: `SELECT fdwname::pg_catalog.text, fdwoptions::pg_catalog.text FROM pg_catalog.pg_foreign_data_wrapper
      UNION ALL SELECT srvname::pg_catalog.text, srvoptions::pg_catalog.text FROM pg_catalog.pg_foreign_server
      UNION ALL SELECT ${RELATION('ftrelid')}, ftoptions::pg_catalog.text FROM pg_catalog.pg_foreign_table
      UNION ALL SELECT ${RELATION('attrelid')}, attfdwoptions::pg_catalog.text FROM pg_catalog.pg_attribute WHERE attfdwoptions IS NOT NULL`,
  },
  {
    kind: 'user mapping',
    query: `SELECT pg_catalog.concat_ws(' ', usename, srvname), umoptions::pg_catalog.text FROM pg_catalog.pg_user_mappings`,
  },
  {
    kind: 'setting of the database or a role',
    query: `SELECT 'role ' || setrole, setconfig::pg_catalog.text FROM pg_catalog.pg_db_role_setting
      WHERE setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))`,
  },
  {
    kind: 'storage option',
    query: `SELECT ${RELATION('oid')}, reloptions::pg_catalog.text FROM pg_catalog.pg_class WHERE reloptions IS NOT NULL
      UNION ALL SELECT ${RELATION('attrelid')}, attoptions::pg_catalog.text FROM pg_catalog.pg_attribute WHERE attoptions IS NOT NULL`,
  },
  {
    kind: 'name',
    query: `SELECT ${RELATION('oid')}, relname::pg_catalog.text FROM pg_catalog.pg_class WHERE ${OWN}
      UNION ALL SELECT ${RELATION('attrelid')}, attname::pg_catalog.text FROM pg_catalog.pg_attribute WHERE attrelid >= 16384
      UNION ALL SELECT 'schema', nspname::pg_catalog.text FROM pg_catalog.pg_namespace
      UNION ALL SELECT 'type', typname::pg_catalog.text FROM pg_catalog.pg_type WHERE ${OWN}
      UNION ALL SELECT 'extension', pg_catalog.concat_ws(' ', extname, extversion, extcondition::text) FROM pg_catalog.pg_extension`,
  },
  {
    kind: 'statistics of a column',
    query: `SELECT ${RELATION('starelid')} || ' column ' || staattnum, pg_catalog.concat_ws(' ', stavalues1::text, stavalues2::text, stavalues3::text, stavalues4::text, stavalues5::text)
      FROM pg_catalog.pg_statistic WHERE starelid >= 16384`,
    otherwise: `SELECT schemaname || '.' || tablename || '.' || attname, pg_catalog.concat_ws(' ', most_common_vals::text, histogram_bounds::text, most_common_elems::text) FROM pg_catalog.pg_stats`,
  },
  {
    kind: 'extended statistics',
    query: `SELECT statistics_schemaname || '.' || statistics_name, pg_catalog.array_to_string(most_common_vals, E'\\n') FROM pg_catalog.pg_stats_ext`,
  },
  {
    kind: 'definition of extended statistics',
    query: `SELECT stxname::pg_catalog.text, pg_catalog.pg_get_statisticsobjdef(oid) FROM pg_catalog.pg_statistic_ext`,
  },
  {
    kind: 'statistics of an expression',
    since: 14,
    query: `SELECT statistics_schemaname || '.' || statistics_name, pg_catalog.concat_ws(' ', most_common_vals::text, histogram_bounds::text, most_common_elems::text) FROM pg_catalog.pg_stats_ext_exprs`,
  },
  {
    kind: 'large object',
    query: `SELECT 'large object ' || oid, pg_catalog.lo_get(oid) FROM pg_catalog.pg_largeobject_metadata`,
  },
];
