import { ProviderError } from '../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { type Label, labelText, parseLabel } from './labels.ts';
import {
  dropForced,
  dropSubscriptions,
  endReaders,
  hasReaders,
  needsInside,
  rollbackPrepared,
} from './obstacles.ts';
import type { BranchLimits } from './provider.ts';
import type { Roles } from './roles.ts';

/** One row of pg_database. `label` only when the database belongs to the administrator: everyone else's comment proves nothing. */
export type DatabaseRecord = {
  readonly name: string;
  readonly ours: boolean;
  readonly commented: boolean;
  readonly label: Label | undefined;
  readonly connectable: boolean;
  /** An interrupted DROP DATABASE left it; it can only be dropped again (docs: 52.15, datconnlimit −2). */
  readonly invalid: boolean;
  readonly template: boolean;
};

/** Every database of the server, ordered by name. */
export async function readDatabases(admin: Admin): Promise<readonly DatabaseRecord[]> {
  const { rows } = await admin.query(`
    SELECT datname::text AS name, shobj_description(oid, 'pg_database') AS comment,
           pg_get_userbyid(datdba) = current_user AS ours, datallowconn AS connectable,
           datconnlimit = -2 AS invalid, datistemplate AS template
    FROM pg_database ORDER BY datname COLLATE "C"`);
  return rows.map((row) => ({
    name: String(row.name),
    ours: row.ours === true,
    commented: row.comment !== null,
    label: row.ours === true && typeof row.comment === 'string' ? parseLabel(row.comment) : undefined,
    connectable: row.connectable === true,
    invalid: row.invalid === true,
    template: row.template === true,
  }));
}

/** The statement that labels a database. */
export function commentOn(database: string, label: Label): string {
  return `COMMENT ON DATABASE ${identifier(database)} IS ${literal(labelText(label))};`;
}

/**
 * Copies the template into a new database that only the administrator can enter. A copy forgets the template's ACL, so
 * PUBLIC could connect to it; hence it is made closed, and opened in the same transaction that labels it and takes
 * CONNECT from PUBLIC. The owner group may create schemas in it, and connect when `admit` says so. `create` runs CREATE
 * DATABASE, with what it may append to the statement.
 */
export async function copyDatabase(
  admin: Admin,
  request: {
    readonly name: string;
    readonly template: string;
    readonly label: Label;
    readonly group: string;
  },
  create: (statement: string) => Promise<void> = admin.script,
): Promise<void> {
  const name = identifier(request.name);
  await create(`CREATE DATABASE ${name} TEMPLATE ${identifier(request.template)} ALLOW_CONNECTIONS false`);
  await admin.script(`
    ${commentOn(request.name, request.label)}
    REVOKE ALL ON DATABASE ${name} FROM PUBLIC;
    GRANT CREATE ON DATABASE ${name} TO ${identifier(request.group)};
    ALTER DATABASE ${name} ALLOW_CONNECTIONS true;`);
}

/**
 * The statements that let the database's roles in; what they make there belongs to the group, and its sessions keep the
 * limits given. A session may lift its own limits again: they keep house, they are no barrier. CONNECTION LIMIT and VALID
 * UNTIL of the role, which `ensureRoles` sets, are.
 */
export function admit(
  database: string,
  roles: Roles,
  limits?: { readonly limits: BranchLimits; readonly serverVersion: number },
): string {
  const [name, group] = [database, roles.group].map(identifier);
  return `GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO ${group};
    ${sessionSettings(database, roles, limits)}`;
}

/** What sessions of the login role begin with, in place of what was set before: they may have changed it themselves. */
export function sessionSettings(
  database: string,
  roles: Roles,
  given?: { readonly limits: BranchLimits; readonly serverVersion: number },
): string {
  const alter = `ALTER ROLE ${identifier(roles.login)} IN DATABASE ${identifier(database)}`;
  const limits = given ? timeLimits(given.limits, given.serverVersion) : [];
  return [
    `${alter} RESET ALL;`,
    `${alter} SET role = ${literal(roles.group)};`,
    ...limits.map(([setting, ms]) => `${alter} SET ${setting} = ${ms};`),
  ].join('\n');
}

/** In milliseconds; 0 leaves the server's own. idle_session_timeout came with Postgres 14. */
function timeLimits(limits: BranchLimits, serverVersion: number): readonly (readonly [string, number])[] {
  const all = [
    ['statement_timeout', limits.statementTimeoutMs],
    ['idle_in_transaction_session_timeout', limits.idleTransactionMs],
    ['idle_session_timeout', serverVersion >= 14 ? limits.idleSessionMs : 0],
  ] as const;
  return all.filter(([, ms]) => ms > 0);
}

/** Who may do what with the database, beside its owner: PUBLIC nothing, the group what `copyDatabase` and `admit` grant, and nobody else. */
const STRANGERS = `
  SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS holder, a.privilege_type::text AS privilege
  FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  WHERE d.datname = $1 AND a.grantee <> d.datdba AND a.grantee <> coalesce(to_regrole(quote_ident($2)), 0)`;

/**
 * Reads from the server who may enter. Throws ProviderError when it is anybody but the owner and the group; run in the
 * transaction that lets them in, so that the database is never open to others.
 */
export async function requireClosed(admin: Admin, database: string, group: string): Promise<void> {
  const [first] = (await admin.query(STRANGERS, [database, group])).rows;
  if (!first) return;
  throw new ProviderError(
    `${first.holder} holds the privilege ${first.privilege} on the database ${database}, so it stays closed.`,
    { hint: 'Something on the server grants it while the branch is made; find that and run this job again.' },
  );
}

/**
 * Drops the database with whoever is connected to it, and with what bites: a template mark, prepared transactions,
 * subscriptions (their slot stays on the publisher, and is named), readers of its logical slots. The database is closed
 * meanwhile when a reader must be kept out, and opened again when the drop fails. Throws ProviderError with the remedy.
 */
export async function dropDatabase(server: Server, admin: Admin, record: DatabaseRecord): Promise<void> {
  const alter = `ALTER DATABASE ${identifier(record.name)}`;
  if (record.template) await admin.script(`${alter} IS_TEMPLATE false`);
  if (!record.invalid && (await needsInside(admin, record.name))) {
    if (!record.connectable) await admin.script(`${alter} ALLOW_CONNECTIONS true`);
    await clearInside(server, record.name);
  }
  if (record.invalid || !(await hasReaders(admin, record.name))) return dropForced(admin, record.name);
  await admin.script(`${alter} ALLOW_CONNECTIONS false`);
  try {
    await endReaders(server, admin, record.name);
    await dropForced(admin, record.name);
  } catch (error) {
    if (record.connectable) await admin.script(`${alter} ALLOW_CONNECTIONS true`).catch(() => undefined);
    throw error;
  }
}

const clearInside = (server: Server, database: string): Promise<void> =>
  asAdmin(
    server,
    async (inside) => {
      await rollbackPrepared(inside);
      await dropSubscriptions(server, inside);
    },
    { database },
  );
