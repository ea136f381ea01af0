import { ProviderError } from '../errors.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { shown, sqlName } from './doctor/words.ts';
import { objectsOfOthers } from './ownership.ts';

/**
 * Owners of what stands in a database: pg_shdepend is shared, so they are seen from outside (docs: 52.47). It keeps no
 * entry for the bootstrap superuser, who is pinned.
 */
const OWNERS = `
  SELECT d.datname::text AS database, r.rolname::text AS owner, r.rolsuper AS superuser,
         pg_has_role(r.oid, 'USAGE') AS inherits
  FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid JOIN pg_roles r ON r.oid = s.refobjid
  WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o' AND d.datname = ANY($1)
  GROUP BY 1, 2, 3, 4 ORDER BY 1, 2`;

/** Rows of `database`, `owner`, `superuser`, `inherits` (the administrator has the owner's rights), one for each owner in each database. */
export async function ownersFromOutside(admin: Admin, databases: readonly string[]) {
  return (await admin.query(OWNERS, [databases])).rows;
}

/** What a member of the owner needs said since Postgres 16, to use its rights and to give its objects away. */
export function grantOptions(serverVersion: number): string {
  return serverVersion >= 16 ? ' WITH INHERIT TRUE, SET TRUE' : '';
}

/**
 * Throws ProviderError when the database holds objects that the administrator could not hand over in a copy, so that no
 * branch could be made of it: the owner, and the statement that helps. Nothing hinders a superuser.
 */
export async function requireOwners(
  server: Server,
  admin: Admin,
  database: string,
  connectable: boolean,
): Promise<void> {
  if (admin.superuser) return;
  if (!connectable) {
    throw new ProviderError(
      `The database ${database} takes no connections, so that nobody sees whether branches could be made of it.`,
      { hint: `ALTER DATABASE ${sqlName(database)} ALLOW_CONNECTIONS true first.` },
    );
  }
  const [found] = await asAdmin(server, objectsOfOthers, { database });
  if (!found) return;
  const { objects, example } = found;
  const [user, owner] = [shown(server.facts.user), shown(found.owner)];
  const more = objects > 1 ? ` and ${objects - 1} more` : '';
  throw new ProviderError(
    `The database ${database} cannot become a baseline: ${owner} owns ${example}${more} in it, and ${user} has not the rights of ${owner}, so that no branch could be made of it.`,
    { hint: remedy(server, admin, found) },
  );
}

function remedy(
  { facts: { user } }: Server,
  admin: Admin,
  { owner, superuser, bootstrap, example }: Awaited<ReturnType<typeof objectsOfOthers>>[number],
): string {
  const [mine, theirs] = [sqlName(user), sqlName(owner)];
  if (bootstrap) {
    return `${shown(owner)} is the superuser of the server itself, from whom REASSIGN OWNED takes nothing. As a superuser, in that database, for each object: ALTER ${example.replace(/^\S+/, (kind) => kind.toUpperCase())} OWNER TO ${mine}. Or restore it anew as ${user} by pg_restore --no-owner.`;
  }
  if (superuser) {
    return `Nobody should be a member of a superuser. As a superuser, in that database: REASSIGN OWNED BY ${theirs} TO ${mine}`;
  }
  return `As a superuser, or a role with ADMIN OPTION on it: GRANT ${theirs} TO ${mine}${grantOptions(admin.serverVersion)}`;
}
