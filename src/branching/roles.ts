import { ProviderError } from '../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import { scramVerifier } from '../postgres/scram.ts';
import type { Secret } from '../secret.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { labelText, parseLabel, type RoleOwner } from './labels.ts';
import { refuseGiven, revokeGiven } from './revoke.ts';
import { unblocked } from './unblock.ts';

/** The two roles of one database of ours. */
export type Roles = { readonly login: string; readonly group: string };

const RIGHTS = 'NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT';

type Found = { readonly exists: boolean; readonly ours: boolean };

/** A role is ours when its comment names this database: only a superuser or its maker can write there, never the role itself. */
async function findRole(admin: Admin, role: string, database: string): Promise<Found> {
  const { rows } = await admin.query(
    `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolname = $1`,
    [role],
  );
  const comment = rows[0]?.comment;
  const label = parseLabel(typeof comment === 'string' ? comment : undefined);
  return {
    exists: rows.length > 0,
    ours: label !== undefined && 'role' in label && label.role.database === database,
  };
}

/**
 * A superuser needs no membership. Another administrator must be a member to hand objects over and to drop what the
 * roles own; since Postgres 16 its CREATEROLE gives it ADMIN on them but neither INHERIT nor SET (docs: 21.2).
 */
function membership(admin: Admin, role: string): string {
  if (admin.superuser) return '';
  const options = admin.serverVersion >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : '';
  return `GRANT ${identifier(role)} TO CURRENT_USER${options};`;
}

function makeRole(admin: Admin, role: string, options: string): string {
  return `CREATE ROLE ${identifier(role)} ${options} ${RIGHTS}; ${membership(admin, role)}`;
}

function labelRole(role: string, database: string, owner: RoleOwner | undefined): string {
  const label = labelText({ role: { database, ...(owner === undefined ? {} : { owner }) } });
  return `COMMENT ON ROLE ${identifier(role)} IS ${literal(label)};`;
}

/**
 * Makes the owner group and the login role of a database, or renews the login role's password, end and limits (its own
 * sessions may have changed them). The password goes to the server as a SCRAM verifier only.
 * Throws ProviderError when a role bears the name that is not ours.
 */
export async function ensureRoles(
  server: Server,
  admin: Admin,
  database: string,
  roles: Roles,
  access: {
    readonly password: Secret;
    readonly validUntil: string;
    /** Of a branch's roles. */
    readonly owner?: RoleOwner;
    /** Shards of the branch that are there. */
    readonly shards?: number;
  },
): Promise<void> {
  const group = await findRole(admin, roles.group, database);
  const login = await findRole(admin, roles.login, database);
  for (const [name, found] of [
    [roles.group, group],
    [roles.login, login],
  ] as const) {
    if (found.exists && !found.ours) throw foreignRole(name);
  }
  const name = identifier(roles.login);
  const statements = [
    group.exists ? '' : makeRole(admin, roles.group, 'NOLOGIN'),
    login.exists ? `ALTER ROLE ${name} RESET ALL;` : makeRole(admin, roles.login, 'LOGIN'),
    labelRole(roles.group, database, access.owner),
    labelRole(roles.login, database, access.owner),
    `GRANT ${identifier(roles.group)} TO ${name};`,
    `ALTER ROLE ${name} LOGIN CONNECTION LIMIT ${connectionsOf(server, access.shards ?? 0)}
       PASSWORD ${literal(scramVerifier(access.password))} VALID UNTIL ${literal(access.validUntil)};`,
  ];
  await admin.script(statements.join('\n'));
}

/** The limit counts over all databases (docs: CREATE ROLE), and a shard may take as many as its branch. */
function connectionsOf(server: Server, shards: number): number {
  return server.limits.connections * (shards + 1);
}

/**
 * The statement that gives the login role connections for every shard that is there by now. Those who make shards at
 * once wait for one another until their transactions end, since two that alter one role fail ("tuple concurrently
 * updated"). It is taken back by the branch's next `create` or `reset`.
 */
export function raiseConnections(server: Server, login: string, shards: readonly string[]): string {
  const names = shards.map(literal).join(', ');
  return `DO $pullgres$ BEGIN
      PERFORM pg_advisory_xact_lock(hashtextextended('pullgres connections', 0));
      EXECUTE format('ALTER ROLE %I CONNECTION LIMIT %s', ${literal(login)}, ${connectionsOf(server, 0)}
        * (1 + (SELECT count(*) FROM pg_database WHERE datname = ANY (ARRAY[${names}]))));
    END $pullgres$;`;
}

function foreignRole(name: string): ProviderError {
  return new ProviderError(`The role ${name} was not made by Pullgres, or its comment was changed.`, {
    hint: 'Look at what it owns; rename it or drop it by hand, then run this job again.',
  });
}

/**
 * Drops the roles that are ours, after their database. They may have left things in databases that let PUBLIC in:
 * those go with them, because a role that owns anything cannot be dropped. Gives how many were dropped.
 */
export async function dropRoles(
  server: Server,
  admin: Admin,
  database: string,
  roles: Roles,
): Promise<number> {
  const ours: string[] = [];
  for (const role of [roles.login, roles.group]) {
    if ((await findRole(admin, role, database)).ours) ours.push(role);
  }
  if (ours.length === 0) return 0;
  // Before Postgres 16 a role may take its administrator's membership away (docs: GRANT, on roles).
  await admin.script(ours.map((role) => membership(admin, role)).join(' '));
  for (const elsewhere of await databasesOf(admin, ours)) {
    const drop = (inside: Admin) => unblocked(server, inside, () => dropTraces(inside, ours, elsewhere));
    await asAdmin(server, drop, { database: elsewhere });
  }
  await unblocked(server, admin, async () => {
    await dropTraces(admin, ours, server.facts.database);
    await admin.script(`DROP ROLE ${ours.map(identifier).join(', ')};`);
  });
  return ours.length;
}

/** What the roles own in this session's database, and every right that they were given there. */
async function dropTraces(admin: Admin, roles: readonly string[], database: string): Promise<void> {
  await revokeGiven(admin, roles);
  await admin.script(`DROP OWNED BY ${roles.map(identifier).join(', ')};`);
  await refuseGiven(admin, roles, database);
}

/** The databases, there or gone, whose roles of ours are on the server; only names that begin with the prefix. */
export async function databasesOfRoles(admin: Admin, prefix: string): Promise<ReadonlySet<string>> {
  const { rows } = await admin.query(
    `SELECT shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE starts_with(rolname, $1)`,
    [prefix],
  );
  const names = rows.flatMap(({ comment }) => {
    const label = parseLabel(typeof comment === 'string' ? comment : undefined);
    return label && 'role' in label && label.role.database.startsWith(prefix) ? [label.role.database] : [];
  });
  return new Set(names);
}

async function databasesOf(admin: Admin, roles: readonly string[]): Promise<readonly string[]> {
  const { rows } = await admin.query(
    `SELECT DISTINCT d.datname::text AS name
     FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.refobjid
     WHERE s.refclassid = 'pg_authid'::regclass AND r.rolname = ANY($1) AND d.datname <> current_database()`,
    [roles],
  );
  return rows.map((row) => String(row.name));
}

/** The statements that move an owner group along with its database's new name. */
export function renameGroup(group: string, renamed: string, database: string): string {
  return `ALTER ROLE ${identifier(group)} RENAME TO ${identifier(renamed)};
    COMMENT ON ROLE ${identifier(renamed)} IS ${literal(labelText({ role: { database } }))};`;
}
