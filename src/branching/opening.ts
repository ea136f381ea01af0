import { ProviderError } from '../errors.ts';
import { identifier, literal } from '../postgres/quote.ts';
import type { Admin, Server } from './admin.ts';
import type { BranchLimits } from './provider.ts';
import type { Roles } from './roles.ts';

/**
 * In one transaction, or nothing of it: the copy's roles are let in with the server's limits, it is seen to be closed to
 * all others, and `last` is run, which says that it is ready. Throws ProviderError.
 */
export async function openCopy(
  server: Server,
  admin: Admin,
  copy: { readonly name: string; readonly roles: Roles; readonly last: string },
): Promise<void> {
  const given = { limits: server.limits, serverVersion: admin.serverVersion };
  await admin.script('BEGIN');
  try {
    await admin.script(admit(copy.name, copy.roles, given));
    await requireClosed(admin, copy.name, copy.roles.group);
    await admin.script(`${copy.last} COMMIT`);
  } catch (error) {
    await admin.script('ROLLBACK').catch(() => undefined);
    throw error;
  }
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
