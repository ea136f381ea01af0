import { ProviderError } from '../errors.ts';
import { type Admin, asAdmin, locked, type Server } from './admin.ts';
import { baselinesOf, findBaseline } from './baselines.ts';
import { dropDatabase, readDatabases } from './databases.ts';
import { baselineName, distrustOf } from './guards.ts';
import { roleNames } from './identity.ts';
import { forgetManifest } from './manifests.ts';
import type { Baseline, Distrust } from './provider.ts';
import { dropRoles } from './roles.ts';
import { databaseSizes } from './sizes.ts';
import { placed } from './trusted.ts';
import { versionsOf } from './versions.ts';

/** A baseline, its database with its logical size, and the names of the branches that were made from it. */
export type BaselineStock = {
  readonly baseline: Baseline;
  readonly database: string;
  readonly bytes: number;
  readonly branches: readonly string[];
  /** Why no branch is made from it, though it is said to be masked. */
  readonly distrust: Distrust | undefined;
};

/** Names that a message lists at most. */
const LISTED = 10;

/** Every baseline on the server, ordered by id. */
export async function listBaselines(server: Server, admin: Admin): Promise<readonly BaselineStock[]> {
  const records = await readDatabases(admin);
  const found = await placed(admin, baselinesOf(records));
  const sizes = await databaseSizes(
    admin,
    found.map(({ database }) => database),
  );
  return found
    .flatMap((each) => {
      const { database, baseline } = each;
      const bytes = sizes.get(database);
      if (bytes === undefined) return [];
      const distrust = distrustOf(each, server.trust);
      return [{ database, baseline, bytes, branches: madeFrom(records, baseline.id), distrust }];
    })
    .toSorted((a, b) => (a.baseline.id < b.baseline.id ? -1 : 1));
}

function madeFrom(records: Awaited<ReturnType<typeof readDatabases>>, id: string): readonly string[] {
  return records.flatMap(({ name, label }) =>
    label && 'branch' in label && label.branch.labels.baselineId === id ? [name] : [],
  );
}

/** Drops a baseline with its roles; missing is success. Throws ProviderError while branches are made from it. */
export async function removeBaseline(server: Server, id: string): Promise<{ removed: boolean }> {
  return locked(server, baselineName(id), async (admin) => {
    const records = await readDatabases(admin);
    const database = findBaseline(records, id)?.database;
    const record = records.find(({ name }) => name === database);
    if (!record) return { removed: false };
    const branches = madeFrom(records, id);
    if (branches.length > 0) throw inUse(id, branches);
    server.onProgress(`Dropping the baseline ${id}: the database ${record.name} and all that is in it`);
    await dropDatabase(server, admin, record);
    await dropRoles(server, admin, record.name, roleNames(record.name));
    await forgetManifest(admin, id);
    return { removed: true };
  });
}

/** What `keepVersions` did. */
export type KeptVersions = {
  /** Ids. */
  readonly removed: readonly string[];
  /** Older ones that are still there, with the branches that were made from them. */
  readonly inUse: readonly { readonly id: string; readonly branches: readonly string[] }[];
};

/** Removes all versions of a masked baseline but the newest `count`; those that branches are made from stay as well. */
export async function keepVersions(server: Server, name: string, count: number): Promise<KeptVersions> {
  const records = await asAdmin(server, readDatabases);
  const older = versionsOf(baselinesOf(records), name).slice(Math.max(1, count));
  const removed: string[] = [];
  const inUse: { id: string; branches: readonly string[] }[] = [];
  for (const { baseline } of older) {
    const branches = madeFrom(await asAdmin(server, readDatabases), baseline.id);
    if (branches.length > 0) inUse.push({ id: baseline.id, branches });
    else if ((await removeBaseline(server, baseline.id)).removed) removed.push(baseline.id);
  }
  return { removed, inUse };
}

function inUse(id: string, branches: readonly string[]): ProviderError {
  const shown = branches.slice(0, LISTED).join(', ');
  const more = branches.length > LISTED ? ` and ${branches.length - LISTED} more` : '';
  return new ProviderError(`The baseline ${JSON.stringify(id)} is in use by ${shown}${more}.`, {
    hint: 'Remove these branches, or reset them to another baseline, first.',
  });
}
