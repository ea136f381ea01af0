import type { Admin, Server } from './admin.ts';
import { type DatabaseRecord, dropDatabase, readDatabases } from './databases.ts';
import { branchName, roleNames, sameOwner, shardNames } from './identity.ts';
import type { BranchIdentity } from './provider.ts';
import { dropRoles } from './roles.ts';

/**
 * What an interrupted create, reset or remove of this identity left: a database in our exact name that never got its
 * label and was never opened, or one labelled as this identity's that is half made or invalid. And every shard of it,
 * since this is asked when the branch that it was copied from is no more.
 */
export function isRemains(record: DatabaseRecord, identity: BranchIdentity): boolean {
  if (!record.ours) return false;
  if (!record.commented) {
    const name = branchName(identity);
    const isOurName = record.name === name || shardNames(name).includes(record.name);
    return isOurName && (!record.connectable || record.invalid);
  }
  if (!record.label) return false;
  if ('shard' in record.label) return sameOwner(record.label.shard.labels, identity);
  if (!('branch' in record.label)) return false;
  const { state, labels } = record.label.branch;
  return sameOwner(labels, identity) && (state === 'making' || record.invalid);
}

/** The branch's shards, whether a job works on them or not. */
export function shardsOf(
  records: readonly DatabaseRecord[],
  identity: BranchIdentity,
): readonly DatabaseRecord[] {
  return records.filter(
    ({ label }) => label !== undefined && 'shard' in label && sameOwner(label.shard.labels, identity),
  );
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
