import type { Admin, Server } from './admin.ts';
import { type DatabaseRecord, dropDatabase, readDatabases } from './databases.ts';
import { branchName, roleNames, sameOwner } from './identity.ts';
import type { BranchIdentity } from './provider.ts';
import { dropRoles } from './roles.ts';

/**
 * What an interrupted create, reset or remove of this identity left: a database in our exact name that never got its
 * label and was never opened, or one labelled as this identity's that is half made or invalid.
 */
export function isRemains(record: DatabaseRecord, identity: BranchIdentity): boolean {
  if (!record.ours) return false;
  if (!record.commented) {
    return record.name === branchName(identity) && (!record.connectable || record.invalid);
  }
  if (!record.label || !('branch' in record.label)) return false;
  const { state, labels } = record.label.branch;
  return sameOwner(labels, identity) && (state === 'making' || record.invalid);
}

/** Drops what `isRemains` names among the records; gives how many. */
export async function clearRemains(
  server: Server,
  admin: Admin,
  records: readonly DatabaseRecord[],
  identity: BranchIdentity,
): Promise<number> {
  const remains = records.filter((record) => isRemains(record, identity));
  for (const record of remains) {
    server.onProgress(`Clearing the remains of ${record.name}`);
    await dropDatabase(server, admin, record);
  }
  return remains.length;
}

/** Drops the remains of this identity and then its roles; gives how many of both. */
export async function clearAll(server: Server, admin: Admin, identity: BranchIdentity): Promise<number> {
  const cleared = await clearRemains(server, admin, await readDatabases(admin), identity);
  return cleared + (await dropRoles(server, admin, branchName(identity), roleNames(branchName(identity))));
}
