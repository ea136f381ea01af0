import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import { seeDisk } from './disk.ts';
import { divergedBytes } from './diverged.ts';
import { NOBODY, readSessions, type Sessions } from './sessions.ts';

/** What one database holds and who is in it now. */
export type DatabaseUsage = Sessions & {
  /** pg_database_size: logical, so that blocks shared with the baseline count in full. Undefined where the administrator may not know. */
  readonly bytes: number | undefined;
};

/** Postgres refuses the size without CONNECT or pg_read_all_stats (docs: 9.28.7), and by OID has no answer for a database that is gone. */
const SIZES = `
  SELECT d.datname::text AS name,
         CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
              THEN pg_database_size(d.oid) END AS bytes
  FROM pg_database d WHERE d.datname = ANY($1)`;

/** No such database, no such object: dropped while it was measured (docs: appendix A). */
const GONE = new Set(['3D000', '42704']);
const ATTEMPTS = 5;

/** Usage of many databases at once, by name; a name that is no database is missing from the answer. */
export async function usageOf(
  admin: Admin,
  names: readonly string[],
): Promise<ReadonlyMap<string, DatabaseUsage>> {
  const sessions = await readSessions(admin);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { rows } = await admin.query(SIZES, [names]);
      return new Map(
        rows.map(({ name, bytes }) => [
          String(name),
          { bytes: bytes === null ? undefined : Number(bytes), ...(sessions.get(String(name)) ?? NOBODY) },
        ]),
      );
    } catch (error) {
      const isGone = error instanceof ProviderError && GONE.has(error.status ?? '');
      if (!isGone || attempt === ATTEMPTS) throw error;
    }
  }
}

/** `divergedBytes` of a database of this server, where its files can be seen from here. */
export async function divergedOf(admin: Admin, database: string): Promise<number | undefined> {
  const disk = await seeDisk(admin);
  if ('unseen' in disk) return undefined;
  const { rows } = await admin.query('SELECT oid FROM pg_database WHERE datname = $1', [database]);
  return rows[0] === undefined ? undefined : divergedBytes(disk.directory, Number(rows[0].oid));
}
