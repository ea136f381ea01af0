import { asAdmin, type Server } from './admin.ts';
import { type DatabaseRecord, readDatabases } from './databases.ts';
import { baselineName } from './guards.ts';
import { branchName, identityOfName, identityOfShardName, leaseLock, roleNames } from './identity.ts';
import type { BranchIdentity, Remain } from './provider.ts';
import {
  type IdleSlot,
  type LabelledRoles,
  type OrphanDirectory,
  readIdleSlots,
  readLabelledRoles,
  readOrphanDirectories,
} from './remain-queries.ts';
import { isRemains } from './remains.ts';
import { readSessions } from './sessions.ts';
import { databaseBytes } from './sizes.ts';
import { readLockHolders } from './survey.ts';

type Locked = (name: string) => boolean;

/** A temporary database of a build. */
const BUILDING = /^pullgres_building_[0-9a-f]{12}_[0-9a-f]{12}$/;
const BASELINE = /^pullgres_baseline_/;

/** Provider.remains. */
export async function findRemains(server: Server, repositoryId: number): Promise<readonly Remain[]> {
  return asAdmin(server, async (admin) => {
    const records = await readDatabases(admin);
    const isLocked = await readLockHolders(admin);
    const roles = await readLabelledRoles(admin);
    const sessions = await readSessions(admin);
    const databases = [
      ...records.flatMap((record) => unfinished(record, repositoryId, isLocked) ?? []),
      ...records.flatMap((record) => shard(record, repositoryId, isLocked) ?? []),
      ...records.flatMap((record) => building(record, roles, isLocked) ?? []),
    ];
    const sized: Remain[] = [];
    for (const remain of databases) sized.push({ ...remain, bytes: await databaseBytes(admin, remain.name) });
    const connected = (name: string) => (sessions.get(name)?.sessions ?? 0) > 0;
    const slots = (await readIdleSlots(admin)).flatMap(
      (slot) => leakedSlot(slot, records, repositoryId, connected) ?? [],
    );
    const directories = directoryRemains(await readOrphanDirectories(admin));
    const orphans = roles.flatMap((each) => orphan(each, records, repositoryId, isLocked) ?? []);
    return [...sized, ...orphans, ...slots, ...directories];
  });
}

/** Whose this half-dropped or never labelled database is, and what it is; undefined for all else. Half-made ones with a label are in the census. */
export function remainsOwner(
  record: DatabaseRecord,
): { readonly owner: BranchIdentity; readonly what: string } | undefined {
  const labelled = record.label && 'branch' in record.label ? record.label.branch.labels : undefined;
  const owner = labelled ?? identityOfName(record.name);
  if (!owner || !isRemains(record, owner)) return undefined;
  if (record.invalid) {
    return { owner, what: 'Its drop was interrupted (connection limit -2): it can only be dropped.' };
  }
  if (labelled) return undefined;
  return { owner, what: 'It bears the name of a branch, has no label and never took connections.' };
}

function unfinished(record: DatabaseRecord, repositoryId: number, isLocked: Locked): Remain | undefined {
  const found = remainsOwner(record);
  if (found?.owner.repositoryId !== repositoryId) return undefined;
  const busy = isLocked(branchName(found.owner));
  return { kind: 'database', name: record.name, repositoryId, ...found, busy };
}

/** Whose shard this database is, and until when its job may take; one without a label never took connections. */
export function shardOwner(
  record: DatabaseRecord,
): { readonly owner: BranchIdentity; readonly expiresAt: string | undefined } | undefined {
  const { label, name } = record;
  const labelled = label && 'shard' in label ? label.shard : undefined;
  const owner = labelled?.labels ?? identityOfShardName(name);
  if (!owner || (!labelled && record.commented) || !isRemains(record, owner)) return undefined;
  const { repositoryId, subject } = owner;
  return { owner: { repositoryId, subject }, expiresAt: labelled?.expiresAt };
}

/** Busy for as long as a job has its lease. The label's end counts as well, for a lease ends with its session. */
function shard(record: DatabaseRecord, repositoryId: number, isLocked: Locked): Remain | undefined {
  const found = shardOwner(record);
  if (found?.owner.repositoryId !== repositoryId) return undefined;
  const { name } = record;
  const what = 'A copy of a branch for tests, which its job did not drop.';
  return { kind: 'shard', name, repositoryId, ...found, what, busy: isLocked(leaseLock(name)) };
}

/** A building database: labelled, or closed and unlabelled in a building's name. */
export function isBuilding({ ours, commented, label, name, connectable, invalid }: DatabaseRecord): boolean {
  if (!ours) return false;
  if (!commented) return BUILDING.test(name) && (!connectable || invalid);
  return label !== undefined && 'building' in label;
}

function building(
  record: DatabaseRecord,
  roles: readonly LabelledRoles[],
  isLocked: Locked,
): Remain | undefined {
  if (!isBuilding(record)) return undefined;
  const { name, label } = record;
  const remain = { kind: 'building', name, repositoryId: undefined } as const;
  if (label && 'building' in label) {
    const { baselineId } = label.building;
    const what = `A build of the baseline ${JSON.stringify(baselineId)} ended before its end.`;
    return { ...remain, what, busy: isLocked(baselineName(baselineId)) };
  }
  // Its baseline, and so its lock, is not known: what the builder's role was given is the time that it may need.
  const expiresAt = roles.find(({ database }) => database === name)?.validUntil;
  return { ...remain, what: 'A build of a baseline ended before it was labelled.', expiresAt, busy: false };
}

/** The roles of a database that is not there. */
function orphan(
  { database, validUntil, elsewhere }: LabelledRoles,
  records: readonly DatabaseRecord[],
  repositoryId: number,
  isLocked: Locked,
): Remain | undefined {
  if (records.some(({ name }) => name === database)) return undefined;
  const { login, group } = roleNames(database);
  const what = `The roles ${login} and ${group} say that they serve the database ${database}, which is not there.`;
  const owner = identityOfName(database);
  if (owner) {
    if (owner.repositoryId !== repositoryId) return undefined;
    return { kind: 'role', name: database, repositoryId, owner, what, busy: isLocked(database) };
  }
  if (!BUILDING.test(database) && !BASELINE.test(database)) return undefined;
  // What a baseline's role owns in somebody's branch came there with the copy, and is in use.
  const blocked =
    elsewhere.length === 0
      ? undefined
      : `Its roles have objects or rights in ${elsewhere.slice(0, 3).join(', ')}: look at them, then DROP OWNED BY and DROP ROLE by hand.`;
  const expiresAt = BUILDING.test(database) ? validUntil : undefined;
  const busy = isLocked(database);
  return { kind: 'role', name: database, repositoryId: undefined, what, expiresAt, busy, blocked };
}

function leakedSlot(
  { name, database, since, bytes, droppable }: IdleSlot,
  records: readonly DatabaseRecord[],
  repositoryId: number,
  connected: (name: string) => boolean,
): Remain | undefined {
  const label = records.find((record) => record.name === database)?.label;
  const owner = label && 'branch' in label ? label.branch.labels : undefined;
  if (owner?.repositoryId !== repositoryId) return undefined;
  const what = `A replication slot in the branch ${database} that nobody reads; the server keeps its WAL.`;
  const { subject } = owner;
  const blocked = droppable
    ? undefined
    : `Only a superuser or a role with REPLICATION may drop it: SELECT pg_drop_replication_slot('${name}').`;
  const known = { kind: 'slot', name, repositoryId, owner: { repositoryId, subject } } as const;
  return { ...known, what, bytes, since, busy: connected(database), blocked };
}

const BY_HAND = 'Its owner is not known, so only a person may remove it:';

function directoryRemains(found: readonly OrphanDirectory[] | undefined): readonly Remain[] {
  const remain = { kind: 'directory', repositoryId: undefined, busy: false } as const;
  if (!found) {
    const what = 'Files that an interrupted CREATE DATABASE left behind could not be looked for.';
    const blocked =
      'Only a superuser sees them, or a role with EXECUTE on pg_ls_dir(text), pg_ls_dir(text, boolean, boolean) and pg_stat_file(text, boolean).';
    return [{ ...remain, name: 'base/', what, blocked, unseen: true }];
  }
  return found.map(({ oid, since, bytes }) => ({
    ...remain,
    name: `base/${oid}`,
    what: `The data directory holds files of the database number ${oid}, which is not there.`,
    bytes,
    since,
    blocked: `${BY_HAND} stop the server, make a backup, and delete the folder base/${oid} of its data directory.`,
  }));
}
