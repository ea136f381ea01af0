import { asAdmin, type Server } from './admin.ts';
import { baselinesOf, findBaseline } from './baselines.ts';
import { readDatabases } from './databases.ts';
import type { FoundBaseline } from './guards.ts';
import { readManifestText } from './manifests.ts';
import { placed } from './trusted.ts';
import { versionsOf } from './versions.ts';

/** What the server tells of a baseline without anybody entering it. */
export type InspectedBaseline = FoundBaseline & {
  readonly database: string;
  readonly template: boolean;
  /** Clients' sessions in it now. */
  readonly sessions: number;
  readonly manifest: string | undefined;
};

/** Of others' sessions an administrator who is no superuser may not see the kind. */
const SESSIONS = `
  SELECT count(*)::int AS sessions FROM pg_stat_activity
  WHERE datid = $1::oid AND coalesce(backend_type, 'client backend') = 'client backend'`;

/** The baseline of this id, else the newest version of this name, whether trusted or not. Throws ProviderError when two claim the id. */
export async function inspectBaseline(
  server: Server,
  wanted: string,
): Promise<InspectedBaseline | undefined> {
  return asAdmin(server, async (admin) => {
    const records = await readDatabases(admin);
    const found = findBaseline(records, wanted) ?? versionsOf(baselinesOf(records), wanted)[0];
    if (!found) return undefined;
    const [judged] = await placed(admin, [found]);
    const { rows } = await admin.query(SESSIONS, [found.databaseOid]);
    if (!judged) return undefined;
    return {
      ...judged,
      template: records.some(({ oid, template }) => oid === found.databaseOid && template),
      sessions: Number(rows[0]?.sessions),
      manifest: await readManifestText(admin, found.baseline.id),
    };
  });
}
