import { FIRST_OWN_OID, isMember, options, PASSING_SCHEMAS, part, parts } from './schema-parts.ts';

/** Enums, domains, ranges, composite and base types; not the row types of relations, nor what comes with another type (arrays, multiranges). */
export const TYPES = `
  SELECT 'pg_type' AS class, t.oid::text AS oid, 'type ' || t.typtype::text AS kind, t.typname AS name, t.typnamespace::text AS schema,
    nullif(t.typrelid, 0)::text AS row_of,
    ${parts(
      part(
        "t.typtype = 'e'",
        "'AS ENUM' || coalesce((SELECT string_agg(E'\\n' || quote_literal(e.enumlabel), '' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '')",
      ),
      part(
        "t.typtype = 'd'",
        `concat_ws(' ', 'AS ' || format_type(t.typbasetype, t.typtypmod),
          CASE WHEN t.typcollation <> b.typcollation THEN 'COLLATE ' || t.typcollation::regcollation::text END,
          CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault)`,
        "concat_ws(' ', t.typbasetype, t.typtypmod, t.typcollation, t.typnotnull, md5(t.typdefaultbin::text))",
      ),
      part(
        "t.typtype = 'r'",
        `(SELECT concat_ws(', ', 'AS RANGE (SUBTYPE = ' || format_type(r.rngsubtype, NULL), 'COLLATION = ' || nullif(r.rngcollation, 0)::regcollation::text,
            'CANONICAL = ' || nullif(r.rngcanonical::oid, 0)::regproc::text, 'SUBTYPE_DIFF = ' || nullif(r.rngsubdiff::oid, 0)::regproc::text) || ')'
          FROM pg_range r WHERE r.rngtypid = t.oid)`,
        '(SELECT md5(to_jsonb(r)::text) FROM pg_range r WHERE r.rngtypid = t.oid)',
      ),
      part("t.typtype = 'c'", "'AS a composite type'"),
      part(
        "t.typtype = 'b'",
        "'(INPUT = ' || t.typinput::regproc::text || ', OUTPUT = ' || t.typoutput::regproc::text || ', INTERNALLENGTH = ' || t.typlen || ')'",
        "concat_ws(' ', t.typinput, t.typoutput, t.typlen)",
      ),
    )} AS parts
  FROM pg_type t
  LEFT JOIN pg_class c ON c.oid = t.typrelid
  LEFT JOIN pg_type b ON b.oid = t.typbasetype
  WHERE t.oid >= ${FIRST_OWN_OID} AND t.typnamespace NOT IN (${PASSING_SCHEMAS}) AND NOT ${isMember('pg_type', 't.oid')}
    AND t.typtype IN ('e', 'd', 'r', 'c', 'b') AND (t.typtype <> 'c' OR c.relkind = 'c')
    AND NOT EXISTS (SELECT FROM pg_type element WHERE element.typarray = t.oid)`;

/** Schemas, extensions, and what stands in no schema. `public` and plpgsql are the system's, and may be changed or dropped. */
const LOOSE = `
  SELECT 'pg_namespace' AS class, n.oid::text AS oid, 'schema' AS kind, n.nspname AS name, NULL::text AS schema, NULL::text AS of, ${parts(part('true', "'SCHEMA'"))} AS parts
  FROM pg_namespace n WHERE (n.oid >= ${FIRST_OWN_OID} OR n.nspname = 'public') AND n.oid NOT IN (${PASSING_SCHEMAS})
  UNION ALL
  SELECT 'pg_extension', e.oid::text, 'extension', e.extname, NULL, NULL,
    ${parts(part('true', "'VERSION ' || quote_literal(e.extversion)"), part('true', "(SELECT 'SCHEMA ' || quote_ident(nspname) FROM pg_namespace n WHERE n.oid = e.extnamespace)", "'in ' || e.extnamespace"))}
  FROM pg_extension e
  UNION ALL
  SELECT 'pg_foreign_data_wrapper', w.oid::text, 'foreign data wrapper', w.fdwname, NULL, NULL,
    ${parts(part('true', "concat_ws(' ', 'HANDLER ' || nullif(w.fdwhandler, 0)::regproc::text, 'VALIDATOR ' || nullif(w.fdwvalidator, 0)::regproc::text)", "concat_ws(' ', w.fdwhandler, w.fdwvalidator)"), part('w.fdwoptions IS NOT NULL', options('w.fdwoptions'), "'options ' || md5(w.fdwoptions::text)"))}
  FROM pg_foreign_data_wrapper w WHERE w.oid >= ${FIRST_OWN_OID} AND NOT ${isMember('pg_foreign_data_wrapper', 'w.oid')}
  UNION ALL
  SELECT 'pg_foreign_server', s.oid::text, 'server', s.srvname, NULL, NULL,
    ${parts(part('true', "concat_ws(' ', 'TYPE ' || quote_literal(s.srvtype), 'VERSION ' || quote_literal(s.srvversion), (SELECT 'FOREIGN DATA WRAPPER ' || quote_ident(fdwname) FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw))", "concat_ws(' ', s.srvtype, '/', s.srvversion, '/', s.srvfdw)"), part('s.srvoptions IS NOT NULL', options('s.srvoptions'), "'options ' || md5(s.srvoptions::text)"))}
  FROM pg_foreign_server s WHERE s.oid >= ${FIRST_OWN_OID} AND NOT ${isMember('pg_foreign_server', 's.oid')}
  UNION ALL
  -- Readable by everybody, unlike the table under it; the options are null for those who may not see them.
  SELECT 'pg_user_mapping', m.umid::text, 'user mapping', m.usename || ' on ' || m.srvname, NULL, NULL,
    ${parts(part('true', "'USER MAPPING'"), part('m.umoptions IS NOT NULL', options('m.umoptions'), "'options ' || md5(m.umoptions::text)"))}
  FROM pg_user_mappings m
  UNION ALL
  SELECT 'pg_language', l.oid::text, 'language', l.lanname, NULL, NULL,
    ${parts(part('true', "concat_ws(' ', CASE WHEN l.lanpltrusted THEN 'TRUSTED' END, 'HANDLER ' || nullif(l.lanplcallfoid, 0)::regproc::text)", "concat_ws(' ', l.lanpltrusted, l.lanplcallfoid)"))}
  FROM pg_language l WHERE l.oid >= ${FIRST_OWN_OID} AND NOT ${isMember('pg_language', 'l.oid')}
  UNION ALL
  SELECT 'pg_cast', k.oid::text, 'cast', format_type(k.castsource, NULL) || ' AS ' || format_type(k.casttarget, NULL), NULL, NULL,
    ${parts(part('true', "CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::regprocedure::text WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END || CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END", "concat_ws(' ', k.castfunc, k.castmethod, k.castcontext)"))}
  FROM pg_cast k WHERE k.oid >= ${FIRST_OWN_OID} AND NOT ${isMember('pg_cast', 'k.oid')}
    -- A range type's cast to its multirange comes with it.
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = k.oid AND d.deptype = 'i')`;

const OPERATOR_PARTS = parts(
  part(
    'true',
    `concat_ws(', ', 'FUNCTION = ' || o.oprcode::text, 'LEFTARG = ' || nullif(format_type(o.oprleft, NULL), '-'), 'RIGHTARG = ' || format_type(o.oprright, NULL),
      'COMMUTATOR = ' || nullif(o.oprcom, 0)::regoperator::text, 'NEGATOR = ' || nullif(o.oprnegate, 0)::regoperator::text,
      'RESTRICT = ' || nullif(o.oprrest::oid, 0)::regproc::text, 'JOIN = ' || nullif(o.oprjoin::oid, 0)::regproc::text,
      CASE WHEN o.oprcanmerge THEN 'MERGES' END, CASE WHEN o.oprcanhash THEN 'HASHES' END)`,
    "concat_ws(' ', o.oprcode::oid, o.oprleft, o.oprright, o.oprcom, o.oprnegate, o.oprrest::oid, o.oprjoin::oid, o.oprcanmerge, o.oprcanhash)",
  ),
);

/** Rarer objects of schemas, of which only that they are there, their name, owner, privileges and comment are compared. */
const PLAIN: readonly (readonly [catalog: string, prefix: string, kind: string])[] = [
  ['pg_opclass', 'opc', 'operator class'],
  ['pg_opfamily', 'opf', 'operator family'],
  ['pg_conversion', 'con', 'conversion'],
  ['pg_ts_config', 'cfg', 'text search configuration'],
  ['pg_ts_dict', 'dict', 'text search dictionary'],
  ['pg_ts_parser', 'prs', 'text search parser'],
  ['pg_ts_template', 'tmpl', 'text search template'],
];

const plain = PLAIN.map(
  ([catalog, prefix, kind]) => `
  SELECT '${catalog}', x.oid::text, '${kind}', x.${prefix}name, x.${prefix}namespace::text, NULL, ${parts(part('true', `'${kind.toUpperCase()}'`))}
  FROM ${catalog} x WHERE x.oid >= ${FIRST_OWN_OID} AND NOT ${isMember(catalog, 'x.oid')}`,
).join(' UNION ALL ');

const IN_SCHEMAS = `
  SELECT 'pg_operator', o.oid::text, 'operator', o.oprname || ' (' || concat_ws(', ', nullif(format_type(o.oprleft, NULL), '-'), format_type(o.oprright, NULL)) || ')', o.oprnamespace::text, NULL, ${OPERATOR_PARTS}
  FROM pg_operator o WHERE o.oid >= ${FIRST_OWN_OID} AND o.oprcode <> 0 AND NOT ${isMember('pg_operator', 'o.oid')}
  UNION ALL
  SELECT 'pg_collation', k.oid::text, 'collation', k.collname, k.collnamespace::text, NULL,
    ${parts(part('true', "concat_ws(' ', 'PROVIDER ' || k.collprovider::text, 'DETERMINISTIC ' || k.collisdeterministic, 'LOCALE ' || coalesce(to_jsonb(k) ->> 'colllocale', to_jsonb(k) ->> 'colliculocale', k.collcollate::text))"))}
  FROM pg_collation k WHERE k.oid >= ${FIRST_OWN_OID} AND NOT ${isMember('pg_collation', 'k.oid')}
  UNION ALL
  SELECT 'pg_statistic_ext', s.oid::text, 'statistics', s.stxname, s.stxnamespace::text, 'pg_class:' || s.stxrelid || ':0',
    ${parts(part('true', 'pg_get_statisticsobjdef(s.oid)', "md5((to_jsonb(s) - 'stxname' - 'stxnamespace' - 'stxowner' - 'stxstattarget')::text)"), part('coalesce(s.stxstattarget, -1) >= 0', "'STATISTICS ' || s.stxstattarget"))}
  FROM pg_statistic_ext s WHERE s.oid >= ${FIRST_OWN_OID}`;

export const OTHERS = `${LOOSE} UNION ALL ${IN_SCHEMAS} UNION ALL ${plain}`;

/** Publications with their tables and schemas; of a subscription never the connection. Row filters and schemas came with 15; before 14 a subscription's OID is only the superuser's to see. */
export const REPLICATION = (version: number): string => `
  SELECT 'pg_publication' AS class, p.oid::text AS oid, 'publication' AS kind, p.pubname AS name,
    ${parts(
      part(
        'true',
        "concat_ws(' ', CASE WHEN p.puballtables THEN 'FOR ALL TABLES' END, 'PUBLISH ' || concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END), CASE WHEN p.pubviaroot THEN 'VIA ROOT' END)",
      ),
    )} || (SELECT coalesce(jsonb_agg(jsonb_build_array('TABLE ' || r.prrelid::regclass::text${
      version < 15
        ? ", 'table ' || r.prrelid"
        : " || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::smallint[])) || ')', '') || coalesce(' WHERE ' || pg_get_expr(r.prqual, r.prrelid), ''), concat_ws(' ', 'table', r.prrelid, r.prattrs, md5(r.prqual::text))"
    }) ORDER BY r.prrelid), '[]') FROM pg_publication_rel r WHERE r.prpubid = p.oid)${
      version < 15
        ? ''
        : " || (SELECT coalesce(jsonb_agg(jsonb_build_array('TABLES IN SCHEMA ' || r.pnnspid::regnamespace::text, 'schema ' || r.pnnspid) ORDER BY r.pnnspid), '[]') FROM pg_publication_namespace r WHERE r.pnpubid = p.oid)"
    } AS parts
  FROM pg_publication p WHERE p.oid >= ${FIRST_OWN_OID}
  UNION ALL
  SELECT 'pg_subscription', ${version < 14 ? 's.subname::text' : 's.oid::text'}, 'subscription', s.subname,
    ${parts(part('true', "'PUBLICATION ' || (SELECT string_agg(quote_ident(name), ', ') FROM unnest(s.subpublications) name)"), part('NOT s.subenabled', "'DISABLED'"))}
  FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`;
