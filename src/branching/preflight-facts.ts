import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';

/** What the catalogs say of the template, its guests and the administrator. */
export type ServerState = {
  readonly template: {
    readonly name: string;
    /** An interrupted DROP DATABASE left it (docs: 52.15, datconnlimit −2). */
    readonly invalid: boolean;
    readonly open: boolean;
    /** IS_TEMPLATE: whoever may make databases may copy it. */
    readonly marked: boolean;
    /** The administrator may copy it unmarked: it owns it, or is a superuser. */
    readonly ours: boolean;
    /** The collation's version when it was made and now; null where the collation has none. Undefined before Postgres 15. */
    readonly collation: { readonly made: string | null; readonly now: string | null } | undefined;
  };
  /** Sessions in the template. Autovacuum's workers give way by themselves and do not count. */
  readonly sessions: number;
  /** Names of the transactions that are prepared in the template. */
  readonly prepared: readonly string[];
  readonly administrator: {
    readonly name: string;
    readonly mayCreate: boolean;
    /** Undefined where nothing limits it: it has no limit, or is a superuser. */
    readonly limit: number | undefined;
    readonly sessions: number;
  };
  /** Sessions of the whole server, and how many an administrator of this kind may see before it is refused. */
  readonly connections: { readonly used: number; readonly usable: number };
};

const COLLATION = 'd.datcollversion AS made, pg_database_collation_actual_version(d.oid) AS now';

const templateQuery = (version: number): string => `
  SELECT d.datconnlimit = -2 AS invalid, d.datallowconn AS open, d.datistemplate AS marked,
    pg_has_role(d.datdba, 'MEMBER') AS ours,
    ${version >= 15 ? COLLATION : 'NULL AS made, NULL AS now'},
    (SELECT count(*)::int FROM pg_stat_activity a WHERE a.datid = d.oid AND a.usesysid IS NOT NULL) AS sessions,
    (SELECT coalesce(array_agg(gid ORDER BY prepared), '{}') FROM pg_prepared_xacts WHERE database = d.datname) AS prepared
  FROM pg_database d WHERE d.datname = $1`;

/**
 * superuser_reserved_connections are left for superusers, reserved_connections (16) for the members of
 * pg_use_reserved_connections (docs: 19.3.1). A role's limit does not bind a superuser (docs: CREATE ROLE).
 */
const ADMINISTRATOR = `
  SELECT rolname::text AS name, rolsuper OR rolcreatedb AS may_create,
    CASE WHEN rolconnlimit >= 0 AND NOT rolsuper THEN rolconnlimit END AS connection_limit,
    (SELECT count(*)::int FROM pg_stat_activity WHERE usesysid = r.oid AND datid IS NOT NULL) AS sessions,
    (SELECT sum(numbackends)::int FROM pg_stat_database) AS used,
    current_setting('max_connections')::int - CASE WHEN rolsuper THEN 0 ELSE
      current_setting('superuser_reserved_connections')::int
      + coalesce(current_setting('reserved_connections', true)::int, 0) END AS usable
  FROM pg_roles r WHERE rolname = current_user`;

const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

/** Reads it all, and changes nothing. Throws ProviderError when there is no such database. */
export async function readServerState(admin: Admin, name: string): Promise<ServerState> {
  const found = (await admin.query(templateQuery(admin.serverVersion), [name])).rows[0];
  if (!found)
    throw new ProviderError(`There is no database ${name} on this server.`, {
      hint: 'See what is there by `pullgres baseline list`; it may have been dropped meanwhile.',
    });
  const role = (await admin.query(ADMINISTRATOR)).rows[0] ?? {};
  const { connection_limit: limit } = role;
  return {
    template: {
      name,
      invalid: found.invalid === true,
      open: found.open === true,
      marked: found.marked === true,
      ours: found.ours === true,
      collation:
        admin.serverVersion < 15 ? undefined : { made: textOrNull(found.made), now: textOrNull(found.now) },
    },
    sessions: Number(found.sessions),
    prepared: (found.prepared as unknown[]).map(String),
    administrator: {
      name: String(role.name),
      mayCreate: role.may_create === true,
      limit: limit === null ? undefined : Number(limit),
      sessions: Number(role.sessions),
    },
    connections: { used: Number(role.used), usable: Number(role.usable) },
  };
}
