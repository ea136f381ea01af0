import { ProviderError } from '../errors.ts';
import { type Admin, leased, lockedShared, pause, type Server, serverTime } from './admin.ts';
import { loginFacts, type Workshop } from './branch-access.ts';
import { copyBaseline } from './copy.ts';
import { restoreSettings } from './database-settings.ts';
import { type DatabaseRecord, dropDatabase, readDatabases } from './databases.ts';
import { lostShard, requireShard, sameHead } from './guards.ts';
import { branchName, roleNames, shardName, shardNames } from './identity.ts';
import { reread } from './lookup.ts';
import { openCopy } from './opening.ts';
import type { Branch, BranchIdentity, BranchLabels, ShardRequest, ShardWork } from './provider.ts';
import { isRemains } from './remains.ts';
import { raiseConnections } from './roles.ts';
import { requireStillUsable } from './trusted.ts';

type Shard = {
  readonly name: string;
  readonly labels: BranchLabels;
  /** By the server's clock; it tells this copy from a later one in the same name. */
  readonly createdAt: string;
  readonly copyMs: number;
};

/** Provider.withShard. The lease lasts from before the copy until after the drop. */
export async function withShard<T>(
  workshop: Workshop,
  branch: Branch,
  request: ShardRequest,
  work: ShardWork<T>,
): Promise<T> {
  const { server } = workshop;
  const name = shardName(branchName(branch.labels), request.index);
  // Asked before the branch's lock is held, so that no job ever waits for one lock while it holds the other.
  await workshop.secret();
  return leased(server, name, async (lease) => {
    try {
      const shard = await makeShard(server, branch, request, name);
      const facts = await loginFacts(workshop, name, shard.labels, new Date(shard.createdAt));
      const result = await work(facts, shard.copyMs);
      if (!isThis(await recordOf(lease, name), shard)) throw lostShard(name);
      return result;
    } finally {
      await dropShard(server, lease, name, branch.labels);
    }
  });
}

/** Under the branch's lock, shared with the makers of its other shards: nobody resets or removes the branch meanwhile. */
async function makeShard(
  server: Server,
  branch: Branch,
  { index, expiresAt }: ShardRequest,
  name: string,
): Promise<Shard> {
  return lockedShared(server, branchName(branch.labels), async (admin) => {
    const started = performance.now();
    const { labels } = await reread(admin, branch);
    sameHead(labels, branch);
    const records = await readDatabases(admin);
    await requireStillUsable(server, admin, records, labels.baselineId);
    const left = records.find((record) => record.name === name);
    if (left && !isRemains(left, labels)) requireShard(name, left.label, labels);
    if (left) await clear(server, admin, left);
    const roles = roleNames(branchName(labels));
    await quiet(server, admin, branch.name, roles.login);
    const createdAt = (await serverTime(admin)).toISOString();
    const label = { shard: { labels, index, createdAt, expiresAt } };
    server.onProgress(`Copying ${branch.name} into its shard ${name}`);
    await copyBaseline(server, admin, { name, template: branch.name, label, group: roles.group });
    await restoreSettings(server, admin, { from: branch.name, to: name });
    const last = raiseConnections(server, roles.login, shardNames(branchName(labels)));
    await openCopy(server, admin, { name, roles, last });
    return { name, labels, createdAt, copyMs: performance.now() - started };
  });
}

async function recordOf(admin: Admin, name: string): Promise<DatabaseRecord | undefined> {
  return (await readDatabases(admin)).find((record) => record.name === name);
}

function isThis(record: DatabaseRecord | undefined, { createdAt }: Shard): boolean {
  const label = record?.label;
  return label !== undefined && 'shard' in label && label.shard.createdAt === createdAt;
}

async function clear(server: Server, admin: Admin, left: DatabaseRecord): Promise<void> {
  server.onProgress(`Clearing ${left.name}, which a job left that did not end well`);
  await dropDatabase(server, admin, left);
}

const POLL_MS = 100;

/**
 * Postgres copies no database in which others are (docs: CREATE DATABASE, TEMPLATE). Sessions of the branch's role that
 * do nothing, such as a pool's of an earlier step, are ended; those at work, and everybody else's, are waited for.
 * An administrator who is no superuser sees the state of the role's sessions, being its member.
 */
async function quiet(server: Server, admin: Admin, database: string, login: string): Promise<void> {
  const end = performance.now() + server.lockWaitMs;
  for (;;) {
    const busy = await endIdle(admin, database, login);
    if (busy === 0) return;
    if (performance.now() > end) throw stillBusy(database, busy, server.lockWaitMs);
    await pause(server, POLL_MS);
  }
}

/** Gives how many sessions are at work. */
async function endIdle(admin: Admin, database: string, login: string): Promise<number> {
  const { rows } = await admin.query(
    `SELECT count(*) FILTER (WHERE NOT idle)::int AS busy, count(*) FILTER (WHERE idle AND pg_terminate_backend(pid)) AS ended
     FROM (
       SELECT pid, coalesce(usename = $2 AND state = 'idle', false) AS idle
       FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid() AND backend_type = 'client backend'
     ) session`,
    [database, login],
  );
  return Number(rows[0]?.busy);
}

function stillBusy(database: string, busy: number, waitedMs: number): ProviderError {
  const sessions = `${busy} session${busy === 1 ? '' : 's'}`;
  return new ProviderError(`After ${waitedMs / 1000} s ${sessions} still worked on the branch ${database}.`, {
    status: '55006',
    retryable: true,
    hint: 'Shards are copied from a branch that nobody works on: end what an earlier step left running, and commit or roll back.',
  });
}

/** Drops what bears the shard's name and is ours. What fails here is told and left to a sweep, since the work is done. */
async function dropShard(server: Server, lease: Admin, name: string, owner: BranchIdentity): Promise<void> {
  try {
    const record = await recordOf(lease, name);
    if (record && isRemains(record, owner))
      await dropDatabase({ ...server, signal: undefined }, lease, record);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    server.onProgress(`The shard ${name} stays, for a sweep to take: ${error.message}`);
  }
}
