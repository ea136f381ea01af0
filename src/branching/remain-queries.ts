import type { Admin } from './admin.ts';
import { roleNames } from './identity.ts';
import { parseLabel } from './labels.ts';
import { timeOf } from './sessions.ts';

/** The roles of one database, as their labels name it. */
export type LabelledRoles = {
  readonly database: string;
  /** ISO 8601: when the login role can log in no more; undefined when there is none, or it can for ever. */
  readonly validUntil: string | undefined;
  /** Databases besides our own in which the roles own things or have rights. */
  readonly elsewhere: readonly string[];
};

const ROLES = `
  SELECT r.rolname::text AS name, shobj_description(r.oid, 'pg_authid') AS comment,
         CASE WHEN isfinite(r.rolvaliduntil) THEN floor(extract(epoch FROM r.rolvaliduntil) * 1000) END AS ms,
         ARRAY(SELECT DISTINCT d.datname::text FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
               WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid) AS elsewhere
  FROM pg_roles r WHERE shobj_description(r.oid, 'pg_authid') LIKE 'pullgres:%'`;

/** Every pair of roles that we made, by the database that their label names. */
export async function readLabelledRoles(admin: Admin): Promise<readonly LabelledRoles[]> {
  const { rows } = await admin.query(ROLES);
  const found = new Map<string, LabelledRoles>();
  for (const { name, comment, ms, elsewhere } of rows) {
    const label = parseLabel(String(comment));
    if (!label || !('role' in label)) continue;
    const { database } = label.role;
    const { login, group } = roleNames(database);
    if (name !== login && name !== group) continue;
    const before = found.get(database);
    const until = name === login && ms !== null ? timeOf(ms) : undefined;
    found.set(database, {
      database,
      validUntil: until ?? before?.validUntil,
      elsewhere: [...new Set([...(before?.elsewhere ?? []), ...(elsewhere as string[])])].sort(),
    });
  }
  return [...found.values()];
}

export type IdleSlot = {
  readonly name: string;
  readonly database: string;
  readonly since: string | undefined;
  /** WAL that the server keeps for it. */
  readonly bytes: number | undefined;
  /** Our role may drop it. */
  readonly droppable: boolean;
};

/** Since Postgres 17 a slot tells since when nobody reads it (docs: 52.19, pg_replication_slots). */
const SLOTS = `
  SELECT s.slot_name::text AS name, s.database::text AS database, to_jsonb(s) ->> 'inactive_since' AS since,
         CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) END AS bytes,
         (SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user) AS droppable
  FROM pg_replication_slots s WHERE s.database IS NOT NULL AND NOT s.active AND NOT s.temporary
  ORDER BY s.slot_name`;

/** Logical replication slots that nobody reads. Each keeps WAL and dead rows of the whole server. */
export async function readIdleSlots(admin: Admin): Promise<readonly IdleSlot[]> {
  const { rows } = await admin.query(SLOTS);
  return rows.map(({ name, database, since, bytes, droppable }) => ({
    name: String(name),
    database: String(database),
    since: typeof since === 'string' ? new Date(since).toISOString() : undefined,
    bytes: bytes === null ? undefined : Number(bytes),
    droppable: droppable === true,
  }));
}

const MAY_LIST = `
  SELECT has_function_privilege('pg_ls_dir(text)', 'EXECUTE') AND has_function_privilege('pg_ls_dir(text, boolean, boolean)', 'EXECUTE')
     AND has_function_privilege('pg_stat_file(text, boolean)', 'EXECUTE') AS may`;

/** Files of the default tablespace only. A database that is being made has its folder before its row can be seen. */
const DIRECTORIES = `
  SELECT d.name, floor(extract(epoch FROM (pg_stat_file('base/' || d.name, true)).modification) * 1000) AS ms,
         (SELECT sum((pg_stat_file('base/' || d.name || '/' || f.name, true)).size)
          FROM pg_ls_dir('base/' || d.name, true, false) AS f(name)) AS bytes
  FROM pg_ls_dir('base') AS d(name)
  WHERE d.name ~ '^[0-9]+$' AND NOT EXISTS (SELECT FROM pg_database WHERE oid = d.name::oid)
  ORDER BY d.name::oid`;

export type OrphanDirectory = {
  readonly oid: string;
  readonly since: string | undefined;
  readonly bytes: number;
};

/**
 * Folders of databases that are not there, as a backend that was killed in the middle of CREATE DATABASE leaves them;
 * undefined where our role may not look. Whose they were cannot be known.
 */
export async function readOrphanDirectories(admin: Admin): Promise<readonly OrphanDirectory[] | undefined> {
  const { rows: rights } = await admin.query(MAY_LIST);
  if (rights[0]?.may !== true) return undefined;
  const { rows } = await admin.query(DIRECTORIES);
  return rows.map(({ name, ms, bytes }) => ({
    oid: String(name),
    since: ms === null ? undefined : timeOf(ms),
    bytes: Number(bytes ?? 0),
  }));
}
