import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import { timeOf } from './sessions.ts';

const MAKE = `
  CREATE SCHEMA IF NOT EXISTS pullgres;
  REVOKE ALL ON SCHEMA pullgres FROM PUBLIC;
  CREATE TABLE pullgres.sweeps (repository bigint PRIMARY KEY, swept_at timestamptz NOT NULL);
  REVOKE ALL ON pullgres.sweeps FROM PUBLIC;
  COMMENT ON TABLE pullgres.sweeps IS 'When each repository was last swept. Dropping it makes the next sweep only show its plan.';
`;

const FIND = `
  SELECT pg_get_userbyid(c.relowner) AS owner, pg_get_userbyid(c.relowner) = current_user AS ours
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'pullgres' AND c.relname = 'sweeps'`;

/** Whether the table is there. Throws ProviderError when another role owns it, which could write what it likes. */
async function isThere(admin: Admin): Promise<boolean> {
  const found = (await admin.query(FIND)).rows[0];
  if (found === undefined || found.ours === true) return found !== undefined;
  throw new ProviderError(`The table pullgres.sweeps belongs to the role ${found.owner}.`, {
    hint: 'Every job must connect to the branch server as the same administrator.',
  });
}

/** Provider.lastSweep. */
export async function readSweep(admin: Admin, repositoryId: number): Promise<string | undefined> {
  if (!(await isThere(admin))) return undefined;
  const { rows } = await admin.query(
    'SELECT floor(extract(epoch FROM swept_at) * 1000) AS ms FROM pullgres.sweeps WHERE repository = $1',
    [repositoryId],
  );
  return rows[0] === undefined ? undefined : timeOf(rows[0].ms);
}

/** Provider.recordSweep. */
export async function writeSweep(admin: Admin, repositoryId: number): Promise<void> {
  // Two repositories may be swept at once for the first time; the lock is let go with the session.
  await admin.query("SELECT pg_advisory_lock(hashtextextended('pullgres sweeps', 0))");
  if (!(await isThere(admin))) await admin.script(MAKE);
  await admin.query(
    `INSERT INTO pullgres.sweeps VALUES ($1, clock_timestamp())
     ON CONFLICT (repository) DO UPDATE SET swept_at = excluded.swept_at`,
    [repositoryId],
  );
}
