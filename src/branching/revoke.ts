import { ProviderError } from '../errors.ts';
import { identifier } from '../postgres/quote.ts';
import type { Admin } from './admin.ts';

/** One right that an access list keeps a role of ours by, as its receiver or as its giver. Statements' parts are quoted. */
type Given = {
  readonly privilege: string;
  /** `("c") ON TABLE "s"."t"` or `ON SCHEMA "s"`: what follows the privilege. */
  readonly object: string;
  readonly grantee: string;
  readonly grantor: string;
  readonly owner: string;
  /** Where a name lookup needs USAGE on a schema. */
  readonly schema?: {
    readonly name: string;
    readonly owner: string;
    /** Those of giver and owner who have no USAGE on it. */
    readonly shut: readonly string[];
  };
};

/** The names are the server's own, looked up with search_path = pg_catalog. Identity arguments cannot tell an aggregate's ORDER BY to REVOKE. */
const LISTS = `
  SELECT 'pg_class'::regclass AS class, c.oid, 0 AS sub, c.relnamespace AS schema, c.relowner AS owner, c.relacl AS acl,
         format('ON %s %I.%I', CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname) AS object
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relacl IS NOT NULL
  UNION ALL SELECT 'pg_class'::regclass, c.oid, a.attnum, c.relnamespace, c.relowner, a.attacl,
         format('(%I) ON TABLE %I.%I', a.attname, n.nspname, c.relname)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attacl IS NOT NULL
  UNION ALL SELECT 'pg_proc'::regclass, p.oid, 0, p.pronamespace, p.proowner, p.proacl,
         CASE p.prokind WHEN 'a' THEN format('ON ROUTINE %s', p.oid::regprocedure)
         ELSE format('ON ROUTINE %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) END
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.proacl IS NOT NULL
  UNION ALL SELECT 'pg_type'::regclass, t.oid, 0, t.typnamespace, t.typowner, t.typacl,
         format('ON TYPE %I.%I', n.nspname, t.typname)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typacl IS NOT NULL
  UNION ALL SELECT 'pg_namespace'::regclass, oid, 0, NULL, nspowner, nspacl, format('ON SCHEMA %I', nspname) FROM pg_namespace
  UNION ALL SELECT 'pg_largeobject'::regclass, oid, 0, NULL, lomowner, lomacl, format('ON LARGE OBJECT %s', oid)
  FROM pg_largeobject_metadata
  UNION ALL SELECT 'pg_language'::regclass, oid, 0, NULL, lanowner, lanacl, format('ON LANGUAGE %I', lanname) FROM pg_language
  UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, NULL, fdwowner, fdwacl,
         format('ON FOREIGN DATA WRAPPER %I', fdwname) FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 0, NULL, srvowner, srvacl, format('ON FOREIGN SERVER %I', srvname)
  FROM pg_foreign_server
  UNION ALL SELECT 'pg_database'::regclass, oid, 0, NULL, datdba, datacl, format('ON DATABASE %I', datname) FROM pg_database
  UNION ALL SELECT 'pg_tablespace'::regclass, oid, 0, NULL, spcowner, spcacl, format('ON TABLESPACE %I', spcname)
  FROM pg_tablespace`;

/** What the roles own themselves goes with DROP OWNED. */
const GIVEN = `
  WITH ours AS (SELECT oid FROM pg_roles WHERE rolname = ANY($1)),
  named AS (SELECT DISTINCT classid, objid, objsubid FROM pg_shdepend
    WHERE refclassid = 'pg_authid'::regclass AND refobjid IN (SELECT oid FROM ours) AND deptype = 'a'
      AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
  SELECT e.privilege_type AS privilege, l.object, pg_get_userbyid(e.grantor)::text AS grantor,
         CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END AS grantee,
         pg_get_userbyid(l.owner)::text AS owner, quote_ident(n.nspname) AS schema, pg_get_userbyid(n.nspowner)::text AS "schemaOwner",
         ARRAY(SELECT DISTINCT quote_ident(pg_get_userbyid(r)) FROM unnest(ARRAY[e.grantor, l.owner]) r
           WHERE NOT has_schema_privilege(r, n.oid, 'USAGE')) AS shut
  FROM named JOIN (${LISTS}) l ON l.class = named.classid AND l.oid = named.objid AND l.sub = named.objsubid
  CROSS JOIN LATERAL aclexplode(l.acl) e LEFT JOIN pg_namespace n ON n.oid = l.schema
  WHERE l.owner NOT IN (SELECT oid FROM ours)
    AND (e.grantee IN (SELECT oid FROM ours) OR e.grantor IN (SELECT oid FROM ours))
  ORDER BY 2, 1, 3, 4`;

function schemaOf({ schema, schemaOwner, shut }: Record<string, unknown>): Given['schema'] & object {
  const names = Array.isArray(shut) ? shut.map(String) : [];
  return { name: String(schema), owner: String(schemaOwner), shut: names };
}

async function readGiven(admin: Admin, roles: readonly string[]): Promise<readonly Given[]> {
  const { rows } = await admin.query(GIVEN, [roles]);
  return rows.map((row) => ({
    privilege: String(row.privilege),
    object: String(row.object),
    grantee: String(row.grantee),
    grantor: String(row.grantor),
    owner: String(row.owner),
    ...(row.schema === null ? {} : { schema: schemaOf(row) }),
  }));
}

const revoke = ({ privilege, object }: Given, from: string): string =>
  `REVOKE ${privilege} ${object} FROM ${from} CASCADE;`;

/**
 * As the giver himself. Only the very privilege is named: for ALL the server would choose a role that may give all, the
 * owner above all (select_best_grantor), and take back nothing of what the giver gave.
 */
const asGiver = (given: Given): string =>
  `SET ROLE ${identifier(given.grantor)}; ${revoke(given, given.grantee)} RESET ROLE;`;

/** The giver and the owner may be kept out of the object's schema, and names in it are looked up with their rights. */
function throughSchema({ schema }: Given, script: string): string {
  if (schema === undefined || schema.shut.length === 0) return script;
  const door = (verb: string) =>
    `SET ROLE ${identifier(schema.owner)}; ${verb} ${schema.shut.join(', ')}; RESET ROLE;`;
  const usage = `USAGE ON SCHEMA ${schema.name}`;
  return `${door(`GRANT ${usage} TO`)} ${script} ${door(`REVOKE ${usage} FROM`)}`;
}

/**
 * For a giver who can no longer take it back: who gave a column's right by the table's grant option and then lost that.
 * The owner lends the grant option anew. (Taking that back with CASCADE would not do: it stops at a giver who is a member
 * of the owner, as a login role of ours is.)
 */
function withLoan(given: Given): string {
  if (given.grantor === given.owner) return asGiver(given);
  const giver = identifier(given.grantor);
  const owner = `SET ROLE ${identifier(given.owner)};`;
  const lend = `GRANT ${given.privilege} ${given.object} TO ${giver} WITH GRANT OPTION;`;
  return `${owner} ${lend} ${asGiver(given)} ${owner} ${revoke(given, giver)} RESET ROLE;`;
}

/** The least first. */
const WAYS: readonly ((given: Given) => string)[] = [
  (given) => throughSchema(given, asGiver(given)),
  (given) => throughSchema(given, withLoan(given)),
];

/** One way may fail by what the branch's sessions did; what is left after all of them is told by `refuseGiven`. */
async function attempt(admin: Admin, script: string): Promise<void> {
  try {
    await admin.script(script);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
  }
}

/**
 * Takes back what others than the owners gave the roles in this database and on the whole server: DROP OWNED revokes
 * only what an object's owner gave, and a role that is named in any access list cannot be dropped.
 */
export async function revokeGiven(admin: Admin, roles: readonly string[]): Promise<void> {
  for (const way of WAYS) {
    for (const given of await readGiven(admin, roles)) await attempt(admin, way(given));
  }
}

/** Throws ProviderError for the first right that is left after `revokeGiven` and DROP OWNED, with what takes it back. */
export async function refuseGiven(admin: Admin, roles: readonly string[], database: string): Promise<void> {
  const [left, ...more] = await readGiven(admin, roles);
  if (left === undefined) return;
  const besides = more.length === 0 ? '' : ` (and ${more.length} more)`;
  throw new ProviderError(
    `The role ${roles[0]} cannot be dropped: in the database ${database} ${left.grantor} gave ${left.grantee} ${left.privilege} ${left.object}${besides}, which the administrator may not take back.`,
    {
      status: '2BP01',
      hint: `As a superuser, in ${database}: ${asGiver(left)} Or make the administrator a member of ${identifier(left.grantor)}. Then run this job again.`,
    },
  );
}
