import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';

/**
 * By the database's OID, which a database that is dropped and made again does not keep: so that a note never speaks of
 * another branch, nor of one that was reset.
 */
const MAKE = `
  CREATE SCHEMA IF NOT EXISTS pullgres;
  REVOKE ALL ON SCHEMA pullgres FROM PUBLIC;
  CREATE TABLE pullgres.notes (database oid PRIMARY KEY, note text NOT NULL);
  REVOKE ALL ON pullgres.notes FROM PUBLIC;
  COMMENT ON TABLE pullgres.notes IS 'What Pullgres remembers of branches. Dropping it makes their next rehearsal begin anew.';
`;

const FIND = `
  SELECT pg_get_userbyid(c.relowner) AS owner, pg_get_userbyid(c.relowner) = current_user AS ours
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'pullgres' AND c.relname = 'notes'`;

/** Whether the table is there. Throws ProviderError when another role owns it, which could write what it likes. */
async function isThere(admin: Admin): Promise<boolean> {
  const found = (await admin.query(FIND)).rows[0];
  if (found === undefined || found.ours === true) return found !== undefined;
  throw new ProviderError(`The table pullgres.notes belongs to the role ${found.owner}.`, {
    hint: 'Every job must connect to the branch server as the same administrator.',
  });
}

/** Writes the note of the branch's database, and clears those of databases that are gone. Under the branch's lock. */
export async function writeNote(admin: Admin, database: string, note: string): Promise<void> {
  // Two branches may come here at once; the lock is let go with the session.
  await admin.query("SELECT pg_advisory_lock(hashtextextended('pullgres notes', 0))");
  if (!(await isThere(admin))) await admin.script(MAKE);
  await admin.query('DELETE FROM pullgres.notes WHERE database NOT IN (SELECT oid FROM pg_database)');
  await admin.query(
    `INSERT INTO pullgres.notes SELECT oid, $2 FROM pg_database WHERE datname = $1
     ON CONFLICT (database) DO UPDATE SET note = excluded.note`,
    [database, note],
  );
}

export async function readNote(admin: Admin, database: string): Promise<string | undefined> {
  if (!(await isThere(admin))) return undefined;
  const { rows } = await admin.query(
    'SELECT n.note FROM pullgres.notes n JOIN pg_database d ON d.oid = n.database WHERE d.datname = $1',
    [database],
  );
  return rows[0] === undefined ? undefined : String(rows[0].note);
}

export async function clearNote(admin: Admin, database: string): Promise<void> {
  if (!(await isThere(admin))) return;
  await admin.query(
    'DELETE FROM pullgres.notes n USING pg_database d WHERE d.oid = n.database AND d.datname = $1',
    [database],
  );
}
