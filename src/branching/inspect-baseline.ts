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
  /** Sessions in it now, of whatever kind. */
  readonly sessions: number;
  /**
   * Its row in pg_database and its label were last written by one transaction, as when it was published: nobody has let
   * connections in since, renamed it or granted anything on it.
   */
  readonly untouched: boolean;
  readonly manifest: string | undefined;
};

/** A row's xmin is the transaction that wrote it (docs: 5.6); vacuum keeps it readable, and what it writes in place leaves it. */
const OUTSIDE = `
  SELECT d.datistemplate AS template, d.xmin = c.xmin AS untouched,
         (SELECT count(*)::int FROM pg_stat_activity a WHERE a.datid = d.oid) AS sessions
  FROM pg_database d JOIN pg_shdescription c ON c.objoid = d.oid AND c.classoid = 'pg_database'::regclass
  WHERE d.oid = $1::oid`;

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
    const row = (await admin.query(OUTSIDE, [found.databaseOid])).rows[0];
    if (!judged || !row) return undefined;
    return {
      ...judged,
      template: row.template === true,
      sessions: Number(row.sessions),
      untouched: row.untouched === true,
      manifest: await readManifestText(admin, found.baseline.id),
    };
  });
}
