import type { Connection } from '../postgres/connection.ts';
import { FIRST_OWN_OID } from '../postgres/schema-parts.ts';

/** A text that the server's catalogs hold, as SQL would write it. */
export type DeparsedText = { readonly kind: string; readonly name: string; readonly text: string };

/** An object's name as the server itself writes it (docs: 9.27.6, pg_identify_object). */
function identity(catalog: string, oid: string, sub = '0'): string {
  return `(SELECT i.identity FROM pg_identify_object('${catalog}'::regclass, ${oid}, ${sub}) i)`;
}

const own = (oid: string): string => `${oid} >= ${FIRST_OWN_OID}`;
const relation = (oid: string): string => identity('pg_class', oid);

/** One query for each kind of text: its kind, the object's name and the text. */
const TEXTS: readonly string[] = [
  `SELECT 'comment', i.type || ' ' || i.identity, d.description FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
   WHERE ${own('d.objoid')} OR d.classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass)`,
  `SELECT 'comment', 'database', shobj_description(d.oid, 'pg_database') FROM pg_database d WHERE d.datname = current_database()`,
  `SELECT 'default', ${identity('pg_class', 'd.adrelid', 'd.adnum')}, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d`,
  // What rows that are older than their column have in it (docs: 53.7, attmissingval).
  `SELECT 'missing value', ${identity('pg_class', 'a.attrelid', 'a.attnum')}, a.attmissingval::text FROM pg_attribute a WHERE a.atthasmissing`,
  `SELECT 'default', ${identity('pg_type', 't.oid')}, t.typdefault FROM pg_type t WHERE ${own('t.oid')} AND t.typdefault IS NOT NULL`,
  `SELECT 'view', ${relation('c.oid')}, pg_get_viewdef(c.oid) FROM pg_class c WHERE c.relkind IN ('v', 'm') AND ${own('c.oid')}`,
  `SELECT 'rule', ${identity('pg_rewrite', 'r.oid')}, pg_get_ruledef(r.oid) FROM pg_rewrite r WHERE ${own('r.oid')} AND r.rulename <> '_RETURN'`,
  `SELECT 'function', ${identity('pg_proc', 'p.oid')}, pg_get_functiondef(p.oid) FROM pg_proc p WHERE ${own('p.oid')} AND p.prokind <> 'a'`,
  `SELECT 'aggregate', ${identity('pg_proc', 'g.aggfnoid')}, concat_ws(' ', g.agginitval, g.aggminitval) FROM pg_aggregate g WHERE ${own('g.aggfnoid')}`,
  `SELECT 'constraint', ${identity('pg_constraint', 'o.oid')}, pg_get_constraintdef(o.oid) FROM pg_constraint o WHERE ${own('o.oid')}`,
  `SELECT 'trigger', ${identity('pg_trigger', 't.oid')}, pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE ${own('t.oid')} AND NOT t.tgisinternal`,
  `SELECT 'policy', ${identity('pg_policy', 'y.oid')}, concat_ws(' ', pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid)) FROM pg_policy y`,
  `SELECT 'enum label', ${identity('pg_type', 'l.enumtypid')}, l.enumlabel FROM pg_enum l WHERE ${own('l.enumtypid')}`,
  `SELECT 'partition bound', ${relation('c.oid')}, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c WHERE c.relpartbound IS NOT NULL`,
  `SELECT 'partition key', ${relation('p.partrelid')}, pg_get_partkeydef(p.partrelid) FROM pg_partitioned_table p`,
  `SELECT 'index', ${relation('i.indexrelid')}, pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE ${own('i.indexrelid')}`,
  `SELECT 'statistics', ${identity('pg_statistic_ext', 's.oid')}, pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s WHERE ${own('s.oid')}`,
  `SELECT 'event trigger', e.evtname, array_to_string(e.evttags, ' ') FROM pg_event_trigger e WHERE ${own('e.oid')}`,
  `SELECT 'setting', coalesce(r.rolname, 'database'), array_to_string(s.setconfig, chr(10)) FROM pg_db_role_setting s
   LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())`,
  `SELECT 'security label', l.objtype || ' ' || l.objname, l.label FROM pg_seclabels l`,
  `SELECT 'option', ${relation('c.oid')}, array_to_string(c.reloptions, chr(10)) FROM pg_class c WHERE c.reloptions IS NOT NULL AND ${own('c.oid')}`,
  `SELECT 'option', ${identity('pg_class', 'a.attrelid', 'a.attnum')}, array_to_string(a.attfdwoptions, chr(10)) FROM pg_attribute a WHERE a.attfdwoptions IS NOT NULL`,
  `SELECT 'option', 'foreign-data wrapper ' || w.fdwname, array_to_string(w.fdwoptions, chr(10)) FROM pg_foreign_data_wrapper w WHERE w.fdwoptions IS NOT NULL`,
  `SELECT 'option', 'foreign server ' || s.srvname, concat_ws(chr(10), s.srvtype, s.srvversion, array_to_string(s.srvoptions, chr(10))) FROM pg_foreign_server s`,
  `SELECT 'option', 'foreign table ' || ${relation('t.ftrelid')}, array_to_string(t.ftoptions, chr(10)) FROM pg_foreign_table t WHERE t.ftoptions IS NOT NULL`,
  `SELECT 'user mapping', m.srvname, array_to_string(m.umoptions, chr(10)) FROM pg_user_mappings m WHERE m.umoptions IS NOT NULL`,
  `SELECT 'dictionary', ${identity('pg_ts_dict', 't.oid')}, t.dictinitoption FROM pg_ts_dict t WHERE ${own('t.oid')} AND t.dictinitoption IS NOT NULL`,
  `SELECT 'name', 'schema', n.nspname FROM pg_namespace n WHERE ${own('n.oid')}`,
  `SELECT 'name', 'relation', c.relname FROM pg_class c WHERE ${own('c.oid')}`,
  `SELECT 'name', ${relation('a.attrelid')}, a.attname FROM pg_attribute a WHERE ${own('a.attrelid')} AND a.attnum > 0`,
  `SELECT 'name', 'type', t.typname FROM pg_type t WHERE ${own('t.oid')}`,
];

/** Conditions of a publication came with 15 (docs: 53.41). */
const PUBLICATION_FILTERS = `SELECT 'publication', ${relation('r.prrelid')}, pg_get_expr(r.prqual, r.prrelid) FROM pg_publication_rel r WHERE r.prqual IS NOT NULL`;

/** Nobody but a superuser may read the connection of a subscription (docs: 53.54). */
const SUBSCRIPTIONS = `SELECT 'subscription', s.subname, s.subconninfo FROM pg_subscription s
  WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())`;

/**
 * Every text in the database's catalogs in which a value could stand, read as SQL: the server keeps expressions as trees
 * with their literals in decimal bytes, which no search through its files can find. Leaves the search_path empty.
 * Throws as `Connection.query` does.
 */
export async function readDeparsedDdl(connection: Connection): Promise<readonly DeparsedText[]> {
  const { rows: granted } = await connection.query(
    `SELECT pg_catalog.set_config('search_path', '', false),
      pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT') AS subscriptions`,
  );
  const queries = [
    ...TEXTS,
    ...(connection.serverVersion >= 15 ? [PUBLICATION_FILTERS] : []),
    ...(granted[0]?.subscriptions === true ? [SUBSCRIPTIONS] : []),
  ];
  const found: DeparsedText[] = [];
  for (const query of queries) {
    const { rows } = await connection.query(
      `SELECT kind, name, text FROM (${query}) AS found (kind, name, text) WHERE text <> ''`,
    );
    for (const { kind, name, text } of rows)
      found.push({ kind: String(kind), name: String(name), text: String(text) });
  }
  return found;
}
