import { ProviderError } from '../errors.ts';
import { type Admin, locked, type Server } from './admin.ts';
import { findBaseline } from './baselines.ts';
import { dropDatabase, readDatabases } from './databases.ts';
import { baselineName } from './guards.ts';
import { roleNames } from './identity.ts';
import type { Baseline } from './provider.ts';
import { dropRoles } from './roles.ts';
import { databaseSizes } from './sizes.ts';

/** A baseline, its database with its logical size, and the names of the branches that were made from it. */
export type BaselineStock = {
  readonly baseline: Baseline;
  readonly database: string;
  readonly bytes: number;
  readonly branches: readonly string[];
};

/** Names that a message lists at most. */
const LISTED = 10;

/** Every baseline on the server, ordered by id. */
export async function listBaselines(admin: Admin): Promise<readonly BaselineStock[]> {
  const records = await readDatabases(admin);
  const found = records.flatMap(({ name, label }) =>
    label && 'baseline' in label ? [{ database: name, baseline: label.baseline }] : [],
  );
  const sizes = await databaseSizes(
    admin,
    found.map(({ database }) => database),
  );
  return found
    .flatMap(({ database, baseline }) => {
      const bytes = sizes.get(database);
      return bytes === undefined
        ? []
        : [{ database, baseline, bytes, branches: madeFrom(records, baseline.id) }];
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
    return { removed: true };
  });
}

function inUse(id: string, branches: readonly string[]): ProviderError {
  const shown = branches.slice(0, LISTED).join(', ');
  const more = branches.length > LISTED ? ` and ${branches.length - LISTED} more` : '';
  return new ProviderError(`The baseline ${JSON.stringify(id)} is in use by ${shown}${more}.`, {
    hint: 'Remove these branches, or reset them to another baseline, first.',
  });
}
