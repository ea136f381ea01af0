import { identifier } from '../postgres/quote.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';

/** pg_identify_object's word for a kind of object → ALTER's. Kinds that are not here keep their owner. */
const ALTER: Readonly<Record<string, string>> = {
  schema: 'SCHEMA',
  table: 'TABLE',
  view: 'VIEW',
  'materialized view': 'MATERIALIZED VIEW',
  sequence: 'SEQUENCE',
  'foreign table': 'FOREIGN TABLE',
  type: 'TYPE',
  function: 'FUNCTION',
  procedure: 'PROCEDURE',
  aggregate: 'AGGREGATE',
  collation: 'COLLATION',
  'statistics object': 'STATISTICS',
  'text search configuration': 'TEXT SEARCH CONFIGURATION',
  'text search dictionary': 'TEXT SEARCH DICTIONARY',
  operator: 'OPERATOR',
  'operator class': 'OPERATOR CLASS',
  'operator family': 'OPERATOR FAMILY',
  conversion: 'CONVERSION',
  'large object': 'LARGE OBJECT',
};

/**
 * Objects of people's own schemas, and large objects, that are not the group's yet. Left out, on purpose:
 * members of extensions (their owner is the extension's, and the group gets no right on their tables); sequences that
 * belong to a column (they follow their table); types that follow another object (row types, arrays, multiranges);
 * functions in a language that only superusers may write in, C above all, since the owner of one could run it with
 * arguments that it was never made for (ALTER FUNCTION … CALLED ON NULL INPUT); foreign servers, wrappers and event
 * triggers, which reach out; publications, which another's ownership does not keep from altering a published table; and
 * default privileges, which speak of what their own role makes. Aggregates stand in the language `internal` and are nobody's code.
 * Before Postgres 15 `public` is the bootstrap superuser's and everybody may create in it (documentation 5.10.6, "Usage
 * Patterns"), so an administrator who is none leaves it as it is. `identity` comes quoted from the server.
 */
const FOUND = `
  WITH space AS (
    SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  ), object (class, id, owner, rank) AS (
    SELECT 'pg_namespace'::regclass, oid, nspowner, 0 FROM space WHERE nspname <> 'public' OR pg_has_role(nspowner, 'MEMBER')
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, c.relowner, 1 FROM pg_class c JOIN space s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') OR c.relkind = 'S' AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, t.typowner, 2 FROM pg_type t JOIN space s ON s.oid = t.typnamespace
      LEFT JOIN pg_class r ON r.oid = t.typrelid
    WHERE (t.typtype IN ('b', 'd', 'e', 'r') OR r.relkind = 'c') AND NOT (t.typelem <> 0 AND t.typcategory = 'A')
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, p.proowner, 3 FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
      JOIN pg_language l ON l.oid = p.prolang
    WHERE (l.lanpltrusted OR p.prokind = 'a') AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
    UNION ALL
    SELECT 'pg_collation'::regclass, o.oid, o.collowner, 4 FROM pg_collation o JOIN space s ON s.oid = o.collnamespace
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, x.oid, x.stxowner, 5 FROM pg_statistic_ext x JOIN space s ON s.oid = x.stxnamespace
    UNION ALL
    SELECT 'pg_ts_config'::regclass, f.oid, f.cfgowner, 6 FROM pg_ts_config f JOIN space s ON s.oid = f.cfgnamespace
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, w.oid, w.dictowner, 7 FROM pg_ts_dict w JOIN space s ON s.oid = w.dictnamespace
    UNION ALL
    SELECT 'pg_operator'::regclass, r.oid, r.oprowner, 8 FROM pg_operator r JOIN space s ON s.oid = r.oprnamespace
    UNION ALL
    SELECT 'pg_opfamily'::regclass, y.oid, y.opfowner, 9 FROM pg_opfamily y JOIN space s ON s.oid = y.opfnamespace
    UNION ALL
    SELECT 'pg_opclass'::regclass, k.oid, k.opcowner, 10 FROM pg_opclass k JOIN space s ON s.oid = k.opcnamespace
    UNION ALL
    SELECT 'pg_conversion'::regclass, v.oid, v.conowner, 11 FROM pg_conversion v JOIN space s ON s.oid = v.connamespace
    UNION ALL
    SELECT 'pg_largeobject'::regclass, m.oid, m.lomowner, 12 FROM pg_largeobject_metadata m
  )`;

const NO_MEMBER = `NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = o.class AND d.objid = o.id AND d.objsubid = 0 AND d.deptype = 'e')`;

const OBJECTS = `${FOUND}
  SELECT i.type, i.identity
  FROM object o, pg_identify_object(o.class, o.id, 0) i
  WHERE o.owner <> (SELECT oid FROM pg_roles WHERE rolname = $1)
    AND ${NO_MEMBER}
  ORDER BY o.rank, i.identity`;

/** 10 is the bootstrap superuser (docs: 22.1), whatever its name is. Most objects first. */
const OTHERS = `${FOUND}
  SELECT r.rolname::text AS owner, r.rolsuper AS superuser, r.oid = 10 AS bootstrap, count(*)::int AS objects,
         (array_agg(i.type || ' ' || i.identity ORDER BY o.rank, i.identity))[1] AS example
  FROM object o JOIN pg_roles r ON r.oid = o.owner, pg_identify_object(o.class, o.id, 0) i
  WHERE NOT pg_has_role(r.oid, 'USAGE') AND ${NO_MEMBER}
  GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1`;

/** Owners, in the database of this session, whose objects `handOver` could not give away in a copy; an example with its kind. */
export async function objectsOfOthers(inside: Admin) {
  const { rows } = await inside.query(OTHERS);
  return rows.map((row) => ({
    owner: String(row.owner),
    superuser: row.superuser === true,
    bootstrap: row.bootstrap === true,
    objects: Number(row.objects),
    example: String(row.example),
  }));
}

/** One transaction for thousands of tables, each with indexes and TOAST, would outgrow the lock table (max_locks_per_transaction). */
const BATCH = 200;

/**
 * Gives what came with the template to the owner group: a copy keeps the owners of the original, so the branch's role
 * could neither read nor alter its tables. Nobody is let in before the last batch. As the owner, the group passes by
 * row-level security, except where a table forces it (documentation 5.9): then its policies hold on the branch too.
 * A function that ran with its owner's rights (SECURITY DEFINER) runs with the group's from now on.
 * Event triggers of the template must sleep by now, for they would run as the administrator.
 */
export async function handOver(server: Server, database: string, group: string): Promise<void> {
  await asAdmin(
    server,
    async (admin) => {
      if (admin.superuser) await admin.script('SET session_replication_role = replica');
      const { rows } = await admin.query(OBJECTS, [group]);
      const statements = rows.flatMap(({ type, identity }) => {
        const kind = ALTER[String(type)];
        return kind ? [`ALTER ${kind} ${identity} OWNER TO ${identifier(group)};`] : [];
      });
      for (let start = 0; start < statements.length; start += BATCH) {
        await admin.script(statements.slice(start, start + BATCH).join('\n'));
      }
    },
    { database },
  );
}

/** Leaves the group as the only owner in the database, so that the login role can go. */
export async function gatherOwnership(
  inside: Admin,
  roles: { readonly login: string; readonly group: string },
): Promise<void> {
  const [login, group] = [roles.login, roles.group].map(identifier);
  await inside.script(`REASSIGN OWNED BY ${login} TO ${group}; DROP OWNED BY ${login};`);
}
