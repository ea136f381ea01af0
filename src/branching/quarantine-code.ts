import { identifier } from '../postgres/quote.ts';
import type { Admin } from './admin.ts';
import { disarmAll } from './disarm.ts';
import type { Quarantined } from './provider.ts';
import { type Routine, reachesItself, reaching } from './reach.ts';
import type { Roles } from './roles.ts';

/**
 * An extension's own event trigger stays: the extension does not work without it (TimescaleDB), and its code is the
 * server's, not the team's.
 */
const EVENT_TRIGGERS = `
  SELECT quote_ident(t.evtname) AS name FROM pg_event_trigger t
  WHERE t.evtenabled <> 'D' AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = t.oid AND d.deptype = 'e')`;

/** An event trigger runs as whoever changes the schema: first of all as us. ALTER EVENT TRIGGER itself fires none (docs: 40.2). */
export async function disableEventTriggers(inside: Admin): Promise<readonly Quarantined[]> {
  const { rows } = await inside.query(EVENT_TRIGGERS);
  return disarmAll(
    inside,
    rows.map(({ name }) => ({
      thing: { kind: 'event trigger', name: String(name), action: 'disabled' },
      sql: `ALTER EVENT TRIGGER ${name} DISABLE`,
    })),
  );
}

/** Functions that came after initdb (its own have OIDs under 16384, docs: 73.2.2), and whether the branch's role may call them. */
const ROUTINES = `
  SELECT p.oid::text AS id, i.identity, p.proname::text AS name, l.lanname::text AS language,
         l.lanpltrusted OR p.prokind = 'a' AS trusted, p.prosrc AS source, p.probin AS library, e.extname::text AS extension,
         has_function_privilege($1, p.oid, 'EXECUTE') AS callable,
         p.prosecdef AND e.oid IS NULL AND NOT pg_has_role($1, p.proowner, 'MEMBER') AS elevated,
         ARRAY(SELECT c.refobjid::text FROM pg_depend c
           WHERE c.classid = 'pg_proc'::regclass AND c.objid = p.oid AND c.refclassid = 'pg_proc'::regclass) AS calls
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang, pg_identify_object('pg_proc'::regclass, p.oid, 0) i,
       LATERAL (SELECT max(d.refobjid) AS oid FROM pg_depend d
         WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') m
  LEFT JOIN pg_extension e ON e.oid = m.oid
  WHERE p.oid >= 16384`;

type Found = Routine & {
  readonly identity: string;
  readonly callable: boolean;
  /** Runs with the rights of an owner whom the branch's role is not, although no extension vouches for it. */
  readonly elevated: boolean;
};

async function readRoutines(inside: Admin, group: string): Promise<readonly Found[]> {
  const { rows } = await inside.query(ROUTINES, [group]);
  return rows.map((row) => ({
    id: String(row.id),
    identity: String(row.identity),
    name: String(row.name),
    language: String(row.language),
    trusted: row.trusted === true,
    source: String(row.source ?? ''),
    library: typeof row.library === 'string' ? row.library : undefined,
    extension: typeof row.extension === 'string' ? row.extension : undefined,
    calls: row.calls as string[],
    callable: row.callable === true,
    elevated: row.elevated === true,
  }));
}

/** Tops of trigger trees with such a function, of which one at least is enabled: partitions follow their table's trigger. */
const TRIGGERS = `
  SELECT t.tgfoid::text AS function, quote_ident(t.tgname) AS trigger, format('%I.%I', n.nspname, c.relname) AS relation,
         c.relkind = 'v' AS view
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE t.tgfoid::text = ANY($1) AND t.tgparentid = 0 AND EXISTS (SELECT FROM pg_trigger k
    WHERE k.tgname = t.tgname AND k.tgfoid = t.tgfoid AND (k.oid = t.oid OR k.tgparentid <> 0) AND k.tgenabled <> 'D')`;

/** A view's trigger cannot be disabled, so it goes: what writes to the view fails, as it would in the function. */
async function disableTriggers(
  inside: Admin,
  functions: ReadonlySet<string>,
): Promise<readonly Quarantined[]> {
  const { rows } = await inside.query(TRIGGERS, [[...functions]]);
  return disarmAll(
    inside,
    rows.map(({ trigger, relation, view }) => {
      const name = `${trigger} on ${relation}`;
      return view
        ? {
            thing: { kind: 'trigger', name, action: 'dropped' },
            sql: `DROP TRIGGER ${trigger} ON ${relation}`,
          }
        : {
            thing: { kind: 'trigger', name, action: 'disabled' },
            sql: `ALTER TABLE ${relation} DISABLE TRIGGER ${trigger}`,
          };
    }),
  );
}

const revoked = (kind: 'function' | 'table', name: string, group: string) => ({
  thing: { kind, name, action: 'revoked' } as const,
  sql: `REVOKE ALL ON ${kind === 'table' ? 'TABLE' : 'ROUTINE'} ${name} FROM PUBLIC, ${identifier(group)} CASCADE`,
});

/** What Postgres keeps from PUBLIC at birth (pg_init_privs, docs: 53.28), files and passwords among it, and the baseline gave away. */
const OPENED = `
  SELECT 'function' AS kind, i.identity AS name
  FROM pg_proc p JOIN pg_init_privs b ON b.classoid = 'pg_proc'::regclass AND b.objoid = p.oid AND b.objsubid = 0,
       pg_identify_object('pg_proc'::regclass, p.oid, 0) i
  WHERE p.oid < 16384 AND has_function_privilege($1, p.oid, 'EXECUTE')
    AND NOT EXISTS (SELECT FROM aclexplode(b.initprivs) a WHERE a.grantee = 0)
  UNION ALL
  SELECT 'table', format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_init_privs b ON b.classoid = 'pg_class'::regclass AND b.objoid = c.oid AND b.objsubid = 0
    JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid < 16384 AND c.relkind <> 'S' AND has_table_privilege($1, c.oid, 'SELECT')
    AND NOT EXISTS (SELECT FROM aclexplode(b.initprivs) a WHERE a.grantee = 0)`;

/**
 * Triggers that would reach out are disabled, so that rows can be written; nobody may call a function that speaks to the
 * network, the server's files or its shell, nor one that lends another's rights.
 */
export async function disableCode(inside: Admin, roles: Roles): Promise<readonly Quarantined[]> {
  const routines = await readRoutines(inside, roles.group);
  const triggers = await disableTriggers(inside, reaching(routines));
  const opened = await inside.query(OPENED, [roles.group]);
  const things = [
    ...routines
      .filter((each) => each.callable && (reachesItself(each) || each.elevated))
      .map(({ identity }) => revoked('function', identity, roles.group)),
    ...opened.rows.map(({ kind, name }) =>
      revoked(kind === 'table' ? 'table' : 'function', String(name), roles.group),
    ),
  ];
  return [...triggers, ...(await disarmAll(inside, things))];
}

/** What of all this could still run. */
export async function codeLeft(
  inside: Admin,
  roles: Roles,
): Promise<readonly Pick<Quarantined, 'kind' | 'name'>[]> {
  const routines = await readRoutines(inside, roles.group);
  const events = await inside.query(EVENT_TRIGGERS);
  const triggers = await inside.query(TRIGGERS, [[...reaching(routines)]]);
  const opened = await inside.query(OPENED, [roles.group]);
  return [
    ...events.rows.map(({ name }) => ({ kind: 'event trigger' as const, name: String(name) })),
    ...triggers.rows.map(({ trigger, relation }) => ({
      kind: 'trigger' as const,
      name: `${trigger} on ${relation}`,
    })),
    ...routines
      .filter((each) => each.callable && (reachesItself(each) || each.elevated))
      .map(({ identity }) => ({ kind: 'function' as const, name: identity })),
    ...opened.rows.map(({ kind, name }) => ({
      kind: kind === 'table' ? ('table' as const) : ('function' as const),
      name: String(name),
    })),
  ];
}
