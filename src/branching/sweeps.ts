import type { Admin } from './admin.ts';
import { isThere, type OwnTable, takeTable } from './own-table.ts';
import { timeOf } from './sessions.ts';

const SWEEPS: OwnTable = {
  name: 'sweeps',
  columns: 'repository bigint PRIMARY KEY, swept_at timestamptz NOT NULL',
  comment: 'When each repository was last swept. Dropping it makes the next sweep only show its plan.',
};

/** Provider.lastSweep. */
export async function readSweep(admin: Admin, repositoryId: number): Promise<string | undefined> {
  if (!(await isThere(admin, SWEEPS))) return undefined;
  const { rows } = await admin.query(
    'SELECT floor(extract(epoch FROM swept_at) * 1000) AS ms FROM pullgres.sweeps WHERE repository = $1',
    [repositoryId],
  );
  return rows[0] === undefined ? undefined : timeOf(rows[0].ms);
}

/** Provider.recordSweep. */
export async function writeSweep(admin: Admin, repositoryId: number): Promise<void> {
  await takeTable(admin, SWEEPS);
  await admin.query(
    `INSERT INTO pullgres.sweeps VALUES ($1, clock_timestamp())
     ON CONFLICT (repository) DO UPDATE SET swept_at = excluded.swept_at`,
    [repositoryId],
  );
}
