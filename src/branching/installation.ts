import { ProviderError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { type Admin, locked, type Server } from './admin.ts';
import { makeOurs } from './own-table.ts';

/**
 * gen_random_uuid draws 122 bits from the server's strong generator (docs: 9.14). The server draws them, so the secret
 * stands in no query text, and thus in no log, no pg_stat_statements and no pg_stat_activity.
 */
const MAKE = `
  CREATE SCHEMA IF NOT EXISTS pullgres;
  REVOKE ALL ON SCHEMA pullgres FROM PUBLIC;
  CREATE TABLE pullgres.installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret text NOT NULL DEFAULT gen_random_uuid()::text || gen_random_uuid()::text,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  REVOKE ALL ON pullgres.installation FROM PUBLIC;
  INSERT INTO pullgres.installation DEFAULT VALUES;
  COMMENT ON TABLE pullgres.installation IS 'Pullgres derives the passwords of branches from this. Dropping it locks every branch until its next run.';
`;

const FIND = `
  SELECT pg_get_userbyid(c.relowner) AS owner, pg_get_userbyid(c.relowner) = current_user AS ours
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'pullgres' AND c.relname = 'installation'`;

/**
 * Throws ProviderError when another role is the administrator of this server's branches: none of them would be seen, for
 * only the labels of one's own databases count, and an empty answer would be believed.
 */
export async function requireOurs(server: Server, admin: Admin): Promise<void> {
  const found = (await admin.query(FIND)).rows[0];
  if (found && found.ours !== true) throw notOurs(String(found.owner), server);
}

/**
 * The secret that branch passwords are derived from, made at first use in the administrator's database.
 * Not the administrator's password: that one changes (and every branch's with it), is chosen by people, so that a
 * branch's password would let one guess at it, and is missing where the administrator comes in by certificate or peer.
 * Throws ProviderError when the table belongs to another role, which could read or choose the secret.
 */
export async function installationSecret(server: Server): Promise<Secret> {
  return locked(server, 'installation', async (admin) => {
    const found = (await admin.query(FIND)).rows[0];
    if (!found) await makeOurs(admin, MAKE);
    else if (found.ours !== true) throw notOurs(String(found.owner), server);
    const { rows } = await admin.query('SELECT secret FROM pullgres.installation');
    const secret = rows[0]?.secret;
    if (typeof secret !== 'string' || secret.length < 64) {
      throw new ProviderError('The table pullgres.installation holds no secret.', {
        hint: 'Drop the table: it is made anew, and branches get new passwords at their next run.',
      });
    }
    return new Secret(secret);
  });
}

function notOurs(owner: string, server: Server): ProviderError {
  return new ProviderError(
    `The table pullgres.installation in the database ${server.facts.database} belongs to the role ${owner}, not to ${server.facts.user}.`,
    {
      hint: `Connect as ${owner}: whoever works with branches must be the same administrator, and ${server.facts.user} would see none of them.`,
    },
  );
}
