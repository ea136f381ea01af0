import { FIRST_OWN_OID } from './schema-parts.ts';

/** Catalogs whose objects have an owner or privileges: their names begin with a prefix; the last is acldefault's letter (docs: 9.26.9). */
const OWNED: readonly (readonly [catalog: string, prefix: string, letter: string | undefined])[] = [
  ['pg_class', 'rel', "CASE x.relkind WHEN 'S' THEN 's' ELSE 'r' END"],
  ['pg_proc', 'pro', "'f'"],
  ['pg_namespace', 'nsp', "'n'"],
  ['pg_type', 'typ', "'T'"],
  ['pg_language', 'lan', "'l'"],
  ['pg_foreign_data_wrapper', 'fdw', "'F'"],
  ['pg_foreign_server', 'srv', "'S'"],
  ['pg_event_trigger', 'evt', undefined],
  ['pg_publication', 'pub', undefined],
  ['pg_statistic_ext', 'stx', undefined],
  ['pg_operator', 'opr', undefined],
  ['pg_collation', 'coll', undefined],
  ['pg_extension', 'ext', undefined],
];

function holder([catalog, prefix, letter]: (typeof OWNED)[number]): string {
  const acl =
    letter === undefined
      ? 'NULL::aclitem[], NULL::aclitem[]'
      : `x.${prefix}acl, acldefault((${letter})::"char", x.${prefix}owner)`;
  const which = catalog === 'pg_namespace' ? " OR x.nspname = 'public'" : '';
  const kinds = catalog === 'pg_class' ? " AND x.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')" : '';
  return `SELECT '${catalog}' AS class, x.oid, 0 AS sub, x.${prefix}owner AS owner, ${acl} FROM ${catalog} x
    WHERE (x.oid >= ${FIRST_OWN_OID}${which})${kinds}`;
}

/**
 * Owners other than the role that asks, and how privileges differ from those that an object of its kind has by itself: a line a grantee, so that an
 * object that nobody ever granted has none. A list that is null is the default one (docs: 5.8).
 */
export const ACCESS = `
  WITH holder (class, oid, sub, owner, acl, usual) AS (
    ${OWNED.map(holder).join(' UNION ALL ')}
    UNION ALL
    SELECT 'pg_class', a.attrelid, a.attnum, NULL, a.attacl, acldefault('c', c.relowner)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND c.oid >= ${FIRST_OWN_OID} AND NOT a.attisdropped
  ), granted AS (
    SELECT class, oid, sub, g.grantee, g.privilege_type, g.is_grantable FROM holder, aclexplode(acl) g WHERE acl IS NOT NULL
  ), usual AS (
    SELECT class, oid, sub, g.grantee, g.privilege_type, g.is_grantable FROM holder, aclexplode(usual) g WHERE acl IS NOT NULL
  ), difference AS (
    SELECT 'GRANT' AS verb, * FROM (SELECT * FROM granted EXCEPT SELECT * FROM usual) more
    UNION ALL
    SELECT 'REVOKE', class, oid, sub, grantee, privilege_type, false
    FROM (SELECT class, oid, sub, grantee, privilege_type FROM usual EXCEPT SELECT class, oid, sub, grantee, privilege_type FROM granted) less
  )
  SELECT class, oid::text AS oid, sub,
    verb || ' ' || string_agg(privilege_type, ', ' ORDER BY privilege_type) || CASE verb WHEN 'GRANT' THEN ' TO ' ELSE ' FROM ' END
      || CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS text,
    concat_ws(' ', verb, grantee, is_grantable, string_agg(privilege_type, ',' ORDER BY privilege_type)) AS stored
  FROM difference GROUP BY class, oid, sub, verb, grantee, is_grantable
  UNION ALL
  SELECT class, oid::text, sub, 'OWNER TO ' || quote_ident(pg_get_userbyid(owner)), 'owner ' || owner FROM holder
  WHERE owner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)`;

/** Comments and security labels of objects in this database. */
export const REMARKS = `
  SELECT d.classoid::regclass::text AS class, d.objoid::text AS oid, d.objsubid AS sub, 'COMMENT ' || quote_literal(d.description) AS text
  FROM pg_description d WHERE d.objoid >= ${FIRST_OWN_OID} OR d.classoid = 'pg_namespace'::regclass OR d.classoid = 'pg_extension'::regclass
  UNION ALL
  SELECT l.classoid::regclass::text, l.objoid::text, l.objsubid, 'SECURITY LABEL FOR ' || quote_ident(l.provider) || ' ' || quote_literal(l.label)
  FROM pg_seclabel l WHERE l.objoid >= ${FIRST_OWN_OID} OR l.classoid = 'pg_namespace'::regclass`;

/** What ALTER DEFAULT PRIVILEGES gives to objects that are made later, one object for each role, schema and kind. */
export const DEFAULT_PRIVILEGES = `
  SELECT 'pg_default_acl' AS class, d.oid::text AS oid, 'default privileges' AS kind,
    'of ' || quote_ident(pg_get_userbyid(d.defaclrole)) || coalesce(' in ' || nullif(d.defaclnamespace, 0)::regnamespace::text, '') || ' on '
      || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END AS name,
    (SELECT coalesce(jsonb_agg(jsonb_build_array('GRANT ' || g.privileges || ' TO ' || g.who, NULL) ORDER BY g.who), '[]') FROM (
      SELECT CASE WHEN e.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END || CASE WHEN e.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS who,
        string_agg(e.privilege_type, ', ' ORDER BY e.privilege_type) AS privileges
      FROM aclexplode(d.defaclacl) e GROUP BY 1) g) AS parts
  FROM pg_default_acl d`;
