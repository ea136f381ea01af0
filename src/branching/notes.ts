import type { Admin } from './admin.ts';
import { isThere, type OwnTable, takeTable } from './own-table.ts';

/**
 * By the database's OID, which a database that is dropped and made again does not keep: so that a note never speaks of
 * another branch, nor of one that was reset.
 */
const NOTES: OwnTable = {
  name: 'notes',
  columns: 'database oid PRIMARY KEY, note text NOT NULL',
  comment: 'What Pullgres remembers of branches. Dropping it makes their next rehearsal begin anew.',
};

/** Writes the note of the branch's database, and clears those of databases that are gone. Under the branch's lock. */
export async function writeNote(admin: Admin, database: string, note: string): Promise<void> {
  await takeTable(admin, NOTES);
  await admin.query('DELETE FROM pullgres.notes WHERE database NOT IN (SELECT oid FROM pg_database)');
  await admin.query(
    `INSERT INTO pullgres.notes SELECT oid, $2 FROM pg_database WHERE datname = $1
     ON CONFLICT (database) DO UPDATE SET note = excluded.note`,
    [database, note],
  );
}

export async function readNote(admin: Admin, database: string): Promise<string | undefined> {
  if (!(await isThere(admin, NOTES))) return undefined;
  const { rows } = await admin.query(
    'SELECT n.note FROM pullgres.notes n JOIN pg_database d ON d.oid = n.database WHERE d.datname = $1',
    [database],
  );
  return rows[0] === undefined ? undefined : String(rows[0].note);
}

export async function clearNote(admin: Admin, database: string): Promise<void> {
  if (!(await isThere(admin, NOTES))) return;
  await admin.query(
    'DELETE FROM pullgres.notes n USING pg_database d WHERE d.oid = n.database AND d.datname = $1',
    [database],
  );
}
