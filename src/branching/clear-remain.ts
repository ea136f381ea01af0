import { ProviderError } from '../errors.ts';
import { type Admin, locked, type Server } from './admin.ts';
import { type DatabaseRecord, dropDatabase, readDatabases } from './databases.ts';
import { findRemains, isBuilding, remainsOwner } from './find-remains.ts';
import { baselineName } from './guards.ts';
import { branchName, roleNames } from './identity.ts';
import { locate } from './lookup.ts';
import type { BranchIdentity, Remain, Removal } from './provider.ts';
import { readIdleSlots } from './remain-queries.ts';
import { dropRoles } from './roles.ts';

const GONE: Removal = { removed: false };
const CHANGED: Removal = { removed: false, kept: 'It is no longer what it was.' };

/** Provider.clear. Whoever made the thing holds the lock while it is being made, so under it nothing is half made. */
export async function clearRemain(server: Server, remain: Remain): Promise<Removal> {
  if (remain.blocked !== undefined) return { removed: false, kept: remain.blocked };
  const clear = CLEAR[remain.kind];
  if (!clear) return { removed: false, kept: 'Nothing here knows how to remove it.' };
  try {
    return await clear(server, remain);
  } catch (error) {
    if (error instanceof ProviderError && error.status === '55P03') {
      return { removed: false, kept: error.message };
    }
    throw error;
  }
}

const CLEAR: Partial<Record<Remain['kind'], (server: Server, remain: Remain) => Promise<Removal>>> = {
  database: clearDatabase,
  building: clearBuilding,
  role: clearRoles,
  slot: clearSlot,
};

async function find(admin: Admin, name: string) {
  const records = await readDatabases(admin);
  return { records, record: records.find((each) => each.name === name) };
}

async function clearDatabase(server: Server, { name, owner }: Remain): Promise<Removal> {
  if (!owner) return CHANGED;
  const lock = branchName(owner);
  return locked(server, lock, async (admin) => {
    const { records, record } = await find(admin, name);
    if (!record) return GONE;
    const now = remainsOwner(record)?.owner;
    if (!now || branchName(now) !== lock) return CHANGED;
    server.onProgress(`Clearing the remains of ${name}`);
    await dropDatabase(server, admin, record);
    await dropWhenAlone(server, admin, records, owner);
    return { removed: true };
  });
}

/** A branch that bears another name than its own keeps its roles. */
async function dropWhenAlone(
  server: Server,
  admin: Admin,
  records: readonly DatabaseRecord[],
  owner: BranchIdentity,
): Promise<void> {
  const database = branchName(owner);
  if (!locate(records, owner)) await dropRoles(server, admin, database, roleNames(database));
}

async function clearBuilding(server: Server, remain: Remain): Promise<Removal> {
  const { name } = remain;
  const seen = await locked(server, name, (admin) => find(admin, name));
  if (!seen.record) return GONE;
  const { label } = seen.record;
  const lock = label && 'building' in label ? baselineName(label.building.baselineId) : name;
  return locked(server, lock, async (admin) => {
    const { record } = await find(admin, name);
    if (!record) return GONE;
    if (!isBuilding(record) || JSON.stringify(record.label) !== JSON.stringify(label)) return CHANGED;
    server.onProgress(`Clearing the building ${name}`);
    await dropDatabase(server, admin, record);
    await dropRoles(server, admin, name, roleNames(name));
    return { removed: true };
  });
}

async function clearRoles(server: Server, remain: Remain): Promise<Removal> {
  const { name, owner } = remain;
  const still = (await findRemains(server, remain.repositoryId ?? -1)).find(
    (each) => each.kind === 'role' && each.name === name,
  );
  if (!still) return GONE;
  if (still.blocked !== undefined || still.expiresAt !== remain.expiresAt) return CHANGED;
  return locked(server, owner ? branchName(owner) : name, async (admin) => {
    // A branch that was renamed by hand keeps its roles, which bear its first name.
    const { records, record } = await find(admin, name);
    if (record || (owner && locate(records, owner))) return CHANGED;
    return { removed: (await dropRoles(server, admin, name, roleNames(name))) > 0 };
  });
}

async function clearSlot(server: Server, { name, owner, since }: Remain): Promise<Removal> {
  if (!owner) return CHANGED;
  return locked(server, branchName(owner), async (admin) => {
    const slot = (await readIdleSlots(admin)).find((each) => each.name === name);
    if (!slot) return GONE;
    const branch = locate(await readDatabases(admin), owner);
    if (slot.database !== branch?.name || slot.since !== since) return CHANGED;
    await admin.query('SELECT pg_drop_replication_slot($1)', [name]);
    return { removed: true };
  });
}
