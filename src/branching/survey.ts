import { type Admin, asAdmin, lockKey, type Server } from './admin.ts';
import { type DatabaseRecord, readDatabases } from './databases.ts';
import { changeOf } from './guards.ts';
import { branchName, holdLock, sameOwner } from './identity.ts';
import type { BranchIdentity, Held, Unchanged } from './provider.ts';
import { NOBODY, readSessions } from './sessions.ts';
import { usageOf } from './usage.ts';

/** An advisory lock of one 64-bit key shows as two halves, with objsubid 1 (docs: 52.12, pg_locks). */
const LOCKS = `
  SELECT ((classid::bigint << 32) | objid::bigint)::text AS key FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Says of names whether another session holds their lock now. */
export async function readLockHolders(admin: Admin): Promise<(name: string) => boolean> {
  const { rows } = await admin.query(LOCKS);
  const keys = new Set(rows.map(({ key }) => String(key)));
  return (name) => keys.has(lockKey(name));
}

function names(records: readonly DatabaseRecord[]): readonly string[] {
  return records
    .filter(({ invalid, label }) => !invalid && label && 'branch' in label)
    .map(({ name }) => name);
}

/** Provider.census. */
export async function readCensus(server: Server, provider: string): Promise<readonly Held[]> {
  return asAdmin(server, async (admin) => {
    const records = await readDatabases(admin);
    const isLocked = await readLockHolders(admin);
    const usage = await usageOf(admin, names(records));
    return records.flatMap(({ name, label, invalid }): Held[] => {
      if (invalid || !label || !('branch' in label)) return [];
      const { state, labels } = label.branch;
      const busy = [branchName(labels), holdLock(branchName(labels))].some(isLocked);
      const seen = usage.get(name) ?? { bytes: undefined, ...NOBODY };
      return [{ branch: { id: name, name, provider, labels }, state, ...seen, busy }];
    });
  });
}

/**
 * Why the branch of this identity is no longer what it was when its removal was decided; undefined when it is, and when
 * it is gone. Under the branch's lock.
 */
export async function reasonToKeep(
  admin: Admin,
  records: readonly DatabaseRecord[],
  identity: BranchIdentity,
  { labels, state, idle }: Unchanged,
): Promise<string | undefined> {
  const record = records.find(
    ({ label, invalid }) =>
      !invalid && label && 'branch' in label && sameOwner(label.branch.labels, identity),
  );
  if (!record?.label || !('branch' in record.label)) return undefined;
  const changed = changeOf(record.label.branch, { labels, state });
  if (changed || !idle) return changed;
  const sessions = (await readSessions(admin)).get(record.name)?.sessions ?? 0;
  if (sessions > 0) return 'Somebody has connected to it since.';
  const isLocked = await readLockHolders(admin);
  return isLocked(holdLock(branchName(identity))) ? 'A job has begun to work on it since.' : undefined;
}
