import { systemIdentifier } from '../postgres/system-identifier.ts';
import { type Admin, type Server, serverTime } from './admin.ts';
import { type BaselineRecord, baselinesOf, findBaseline } from './baselines.ts';
import { type DatabaseRecord, readDatabases } from './databases.ts';
import { type FoundBaseline, usableBaseline } from './guards.ts';
import type { Baseline, BaselinePlace } from './provider.ts';
import { resolveAmong } from './versions.ts';

/** Gives the place of a database by its OID. */
export async function readPlaces(admin: Admin): Promise<(databaseOid: number) => BaselinePlace> {
  const known = { systemIdentifier: await systemIdentifier(admin), now: await serverTime(admin) };
  return (databaseOid) => ({ databaseOid, ...known });
}

/** With their places, for judging. */
export async function placed(
  admin: Admin,
  found: readonly BaselineRecord[],
): Promise<readonly (BaselineRecord & FoundBaseline)[]> {
  const placeOf = await readPlaces(admin);
  return found.map((each) => ({ ...each, place: placeOf(each.databaseOid) }));
}

/** Throws ProviderError unless branches may be made from the baseline. */
export async function requireUsable(
  server: Server,
  admin: Admin,
  found: BaselineRecord | undefined,
  id: string,
): Promise<void> {
  const [judged] = found ? await placed(admin, [found]) : [];
  usableBaseline(judged, id, server.trust);
}

/** As `requireUsable`, of the baseline that a branch which is there was made from: one that is gone, or was never masked, says nothing. */
export async function requireStillUsable(
  server: Server,
  admin: Admin,
  records: readonly DatabaseRecord[],
  id: string,
): Promise<void> {
  const found = baselinesOf(records).find(({ baseline }) => baseline.id === id);
  if (found?.baseline.kind === 'masked') await requireUsable(server, admin, found, id);
}

/** Provider.resolveBaseline. */
export async function resolveBaseline(
  server: Server,
  admin: Admin,
  name: string,
  held: string | undefined,
): Promise<Baseline | undefined> {
  const records = await readDatabases(admin);
  findBaseline(records, name);
  return resolveAmong(await placed(admin, baselinesOf(records)), { name, held }, server.trust);
}
