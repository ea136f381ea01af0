import { literal } from '../postgres/quote.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { isThere, type OwnTable, takeTable } from './own-table.ts';

/** Beside the baselines and not in their labels: a source with thousands of tables has a large one, and labels are read at each step. */
const MANIFESTS: OwnTable = {
  name: 'manifests',
  columns: 'baseline text PRIMARY KEY, manifest text NOT NULL',
  comment:
    'What production’s tables were like when Pullgres made masked baselines: no rows. Without it rehearsals extrapolate nothing.',
};

/** Makes the table at its first need, in a session of its own, so that its lock is not held for as long as a refresh lasts. */
export async function makeManifests(server: Server): Promise<void> {
  await asAdmin(server, (admin) => takeTable(admin, MANIFESTS));
}

/** The statement that keeps a baseline's manifest; for the transaction that publishes it. */
export function keepManifest(baselineId: string, manifest: string): string {
  return `INSERT INTO pullgres.manifests VALUES (${literal(baselineId)}, ${literal(manifest)})
    ON CONFLICT (baseline) DO UPDATE SET manifest = excluded.manifest;`;
}

/** Provider.manifestOf. */
export async function readManifestText(admin: Admin, baselineId: string): Promise<string | undefined> {
  if (!(await isThere(admin, MANIFESTS))) return undefined;
  const { rows } = await admin.query('SELECT manifest FROM pullgres.manifests WHERE baseline = $1', [
    baselineId,
  ]);
  return rows[0] === undefined ? undefined : String(rows[0].manifest);
}

export async function forgetManifest(admin: Admin, baselineId: string): Promise<void> {
  if (!(await isThere(admin, MANIFESTS))) return;
  await admin.query('DELETE FROM pullgres.manifests WHERE baseline = $1', [baselineId]);
}
