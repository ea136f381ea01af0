import type { Admin } from './admin.ts';
import { seeDisk } from './disk.ts';
import { divergedBytes } from './diverged.ts';
import { NOBODY, readSessions, type Sessions } from './sessions.ts';
import { databaseSizes } from './sizes.ts';

/** What one database holds and who is in it now. */
export type DatabaseUsage = Sessions & {
  /** pg_database_size: logical, so that blocks shared with the baseline count in full. Undefined where the administrator may not know. */
  readonly bytes: number | undefined;
};

/** Usage of many databases, by name; a name that is no database is missing from the answer. */
export async function usageOf(
  admin: Admin,
  names: readonly string[],
): Promise<ReadonlyMap<string, DatabaseUsage>> {
  const sizes = await databaseSizes(admin, names);
  const sessions = await readSessions(admin);
  const { rows } = await admin.query(
    'SELECT datname::text AS name FROM pg_database WHERE datname = ANY($1)',
    [names],
  );
  return new Map(
    rows.map(({ name }) => [
      String(name),
      { bytes: sizes.get(String(name)), ...(sessions.get(String(name)) ?? NOBODY) },
    ]),
  );
}

/** `divergedBytes` of a database of this server, where its files can be seen from here. */
export async function divergedOf(admin: Admin, database: string): Promise<number | undefined> {
  const disk = await seeDisk(admin);
  if ('unseen' in disk) return undefined;
  const { rows } = await admin.query('SELECT oid FROM pg_database WHERE datname = $1', [database]);
  return rows[0] === undefined ? undefined : divergedBytes(disk.directory, Number(rows[0].oid));
}
