import { randomBytes } from 'node:crypto';
import { Secret } from '../secret.ts';
import { fullQuota, namedHolders, quotaError } from './admission.ts';
import { branchPassword } from './credentials.ts';
import {
  changeOf,
  lostShard,
  ownLabels,
  requireOwner,
  requireShard,
  sameBranch,
  sameHead,
} from './guards.ts';
import { branchName, MAXIMUM_NAME_BYTES, sameOwner, shardName } from './identity.ts';
import { type Label, labelText, parseLabel } from './labels.ts';
import { firstLabels, renewed } from './lifecycle.ts';
import {
  baselineOf,
  ensureBaseline,
  factsOf,
  type Judge,
  parentRows,
  requireStillUsable,
  resolveBaseline,
} from './memory-baselines.ts';
import type {
  Baseline,
  Branch,
  BranchIdentity,
  BranchLabels,
  CreateRequest,
  Held,
  Provider,
  Remain,
  ShardRequest,
  ShardWork,
  Trust,
  Unchanged,
} from './provider.ts';

/** A database as a list of rows, with its comment. `closed`: it takes no connections. */
export type MemoryDatabase = {
  comment: string | undefined;
  rows: string[];
  note?: string | undefined;
  closed?: boolean;
};

/** What several memory providers share, as jobs share a server. */
export type MemoryStore = {
  readonly databases: Map<string, MemoryDatabase>;
  readonly secret: Secret;
  readonly building: Map<string, Promise<Baseline>>;
  /** By branch name: settles when the last holder so far is done. */
  readonly held: Map<string, Promise<unknown>>;
  /** Names of branches that are held at this moment. */
  readonly busy: Set<string>;
  /** By repository: when it was last swept, ISO 8601. */
  readonly sweeps: Map<number, string>;
  /** By baseline id. */
  readonly manifests: Map<string, string>;
};

/** An empty store with a secret of its own. */
export function memoryStore(): MemoryStore {
  return {
    databases: new Map(),
    secret: new Secret(randomBytes(32).toString('hex')),
    building: new Map(),
    held: new Map(),
    busy: new Set(),
    sweeps: new Map(),
    manifests: new Map(),
  };
}

const labelOf = (database: MemoryDatabase | undefined): Label | undefined => parseLabel(database?.comment);

function branchOf(name: string, labels: BranchLabels): Branch {
  return { id: name, name, provider: 'memory', labels };
}

function writeLabels(database: MemoryDatabase, labels: BranchLabels): void {
  database.comment = labelText({ branch: { state: 'ready', labels } });
}

function locate(store: MemoryStore, identity: BranchIdentity): Branch | undefined {
  for (const [name, database] of store.databases) {
    const labels = ownLabels(labelOf(database), identity);
    if (labels) return branchOf(name, labels);
  }
  return undefined;
}

const bytesOf = (database: MemoryDatabase | undefined): number =>
  Buffer.byteLength(database?.rows.join('\n') ?? '');

function refuseFull(store: MemoryStore, request: CreateRequest, judge: Judge): void {
  const holders = [...store.databases].flatMap(([name, database]) => {
    const label = labelOf(database);
    return label && 'branch' in label ? [{ ...label.branch.labels, name, state: label.branch.state }] : [];
  });
  const sizes = new Map(holders.map(({ name }) => [name, bytesOf(store.databases.get(name))]));
  const held = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const more = Buffer.byteLength(parentRows(store, request.baselineId, judge).join('\n'));
  const full = fullQuota(request, holders, { held, more });
  if (full) throw quotaError(full, request, { named: namedHolders(full, sizes), sizes, now: judge.now });
}

function createBranch(store: MemoryStore, request: CreateRequest, judge: Judge): Branch {
  const name = branchName(request.identity);
  const taken = store.databases.get(name);
  if (taken) requireOwner(name, labelOf(taken), request.identity);
  refuseFull(store, request, judge);
  const labels = firstLabels(request, judge.now.toISOString());
  const database = { comment: undefined, rows: parentRows(store, labels.baselineId, judge) };
  writeLabels(database, labels);
  store.databases.set(name, database);
  return branchOf(name, labels);
}

function reread(store: MemoryStore, branch: Branch): { database: MemoryDatabase; labels: BranchLabels } {
  const database = store.databases.get(branch.name);
  const labels = sameBranch(database !== undefined, labelOf(database), branch);
  return { database: database as MemoryDatabase, labels };
}

async function hold<T>(store: MemoryStore, name: string, work: () => Promise<T>): Promise<T> {
  const before = store.held.get(name) ?? Promise.resolve();
  const busy = async () => {
    store.busy.add(name);
    return work().finally(() => store.busy.delete(name));
  };
  const mine = before.then(busy, busy);
  store.held.set(name, mine);
  return mine;
}

function dropShards(store: MemoryStore, identity: BranchIdentity): number {
  const shards = [...store.databases].filter(([, database]) => {
    const label = labelOf(database);
    return label !== undefined && 'shard' in label && sameOwner(label.shard.labels, identity);
  });
  for (const [name] of shards) store.databases.delete(name);
  return shards.length;
}

/** Provider.withShard; a lease that is held is waited for without end, since whoever has it is in this process. */
async function withShard<T>(
  store: MemoryStore,
  branch: Branch,
  { index, expiresAt }: ShardRequest,
  judge: Judge,
  work: ShardWork<T>,
): Promise<T> {
  const name = shardName(branchName(branch.labels), index);
  return hold(store, name, async () => {
    const { database, labels } = reread(store, branch);
    sameHead(labels, branch);
    requireStillUsable(store, labels.baselineId, judge);
    const left = store.databases.get(name);
    if (left) requireShard(name, labelOf(left), labels);
    const comment = labelText({ shard: { labels, index, createdAt: judge.now.toISOString(), expiresAt } });
    const shard: MemoryDatabase = { comment, rows: [...database.rows] };
    store.databases.set(name, shard);
    try {
      const result = await work(factsOf(name, branchPassword(store.secret, labels), branch.name), 0);
      if (store.databases.get(name) !== shard) throw lostShard(name);
      return result;
    } finally {
      if (store.databases.get(name) === shard) store.databases.delete(name);
    }
  });
}

function listPage(store: MemoryStore, repositoryId: number, after: string | undefined, pageSize: number) {
  const branches: Branch[] = [];
  for (const name of [...store.databases.keys()].sort()) {
    const label = labelOf(store.databases.get(name));
    if (!label || !('branch' in label) || (after !== undefined && name <= after)) continue;
    if (label.branch.labels.repositoryId === repositoryId) branches.push(branchOf(name, label.branch.labels));
  }
  const page = branches.slice(0, pageSize);
  return { branches: page, next: branches.length > page.length ? page.at(-1)?.id : undefined };
}

function census(store: MemoryStore): readonly Held[] {
  return [...store.databases]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, database]) => {
      const label = labelOf(database);
      if (!label || !('branch' in label)) return [];
      const { state, labels } = label.branch;
      const busy = store.busy.has(branchName(labels));
      const branch = branchOf(name, labels);
      return [{ branch, state, bytes: bytesOf(database), sessions: 0, busy, lastActivity: undefined }];
    });
}

function remains(store: MemoryStore): readonly Remain[] {
  return [...store.databases].flatMap(([name, database]) => {
    const label = labelOf(database);
    if (!label || !('building' in label)) return [];
    const { baselineId } = label.building;
    const what = `A build of the baseline ${JSON.stringify(baselineId)} ended before its end.`;
    const busy = store.building.has(baselineId);
    return [{ kind: 'building', name, repositoryId: undefined, what, bytes: bytesOf(database), busy }];
  });
}

function reasonToKeep(store: MemoryStore, name: string, unchanged: Unchanged): string | undefined {
  const label = labelOf(store.databases.get(name));
  if (!label || !('branch' in label)) return undefined;
  const changed = changeOf(label.branch, unchanged);
  if (changed || !unchanged.idle || !store.busy.has(name)) return changed;
  return 'A job has begun to work on it since.';
}

/** A whole provider without a server: for tests of what stands above it, and the conformance suite's first subject. */
export function createMemoryProvider(options: {
  readonly now: () => Date;
  readonly store?: MemoryStore;
  readonly pageSize?: number;
  readonly trust?: Trust;
}): Provider {
  const store = options.store ?? memoryStore();
  const judge = (): Judge => ({ now: options.now(), trust: options.trust });
  return {
    name: 'memory',
    capabilities: { sql: false, durable: false, maximumNameBytes: MAXIMUM_NAME_BYTES, shards: true },
    serverVersion: async () => 18,
    now: async () => options.now(),
    findBaseline: async (id) => baselineOf(store, id)?.baseline,
    resolveBaseline: async (wanted, held) => resolveBaseline(store, { name: wanted, held }, judge()),
    manifestOf: async (id) => store.manifests.get(id),
    ensureBaseline: (baseline, build) => ensureBaseline(store, baseline, build),
    hold: (identity, work) => hold(store, branchName(identity), work),
    create: async (request) => {
      const existing = locate(store, request.identity);
      if (!existing) {
        return { branch: createBranch(store, request, judge()), created: true };
      }
      requireStillUsable(store, request.baselineId, judge());
      const labels = renewed(existing.labels, request);
      writeLabels(reread(store, existing).database, labels);
      return { branch: { ...existing, labels }, created: false };
    },
    find: async (identity) => locate(store, identity),
    connect: async (branch) => {
      const { labels } = reread(store, branch);
      return factsOf(branch.name, branchPassword(store.secret, labels));
    },
    touch: async (branch) => {
      const { database, labels } = reread(store, branch);
      writeLabels(database, { ...labels, touched: true });
      database.note = undefined;
      return branchOf(branch.name, { ...labels, touched: true });
    },
    remember: async (branch, text) => {
      reread(store, branch).database.note = text;
    },
    recall: async (branch) => reread(store, branch).database.note,
    reset: async (branch, baselineId) => {
      const { database, labels } = reread(store, branch);
      const rows = parentRows(store, baselineId, judge());
      dropShards(store, labels);
      database.note = undefined;
      database.rows = rows;
      const fresh = { ...labels, baselineId, touched: false };
      writeLabels(database, fresh);
      return { branch: branchOf(branch.name, fresh), making: { durationMs: 0, quarantine: [] } };
    },
    withShard: (branch, request, work) => withShard(store, branch, request, judge(), work),
    remove: async (identity, unchanged) => {
      const name = locate(store, identity)?.name ?? branchName(identity);
      const database = store.databases.get(name);
      const kept = database && unchanged && reasonToKeep(store, name, unchanged);
      if (kept) return { removed: false, kept };
      if (database) requireOwner(name, labelOf(database), identity);
      const shards = dropShards(store, identity);
      return { removed: store.databases.delete(name) || shards > 0 };
    },
    list: async (repositoryId, after) => listPage(store, repositoryId, after, options.pageSize ?? 100),
    usage: async (branch) => ({ bytes: bytesOf(reread(store, branch).database), sessions: 0 }),
    census: async () => census(store),
    remains: async () => remains(store),
    clear: async (remain) => {
      if (!store.databases.has(remain.name)) return { removed: false };
      const still = remains(store).some(
        ({ name, what, busy }) => name === remain.name && what === remain.what && !busy,
      );
      return still
        ? { removed: store.databases.delete(remain.name) }
        : { removed: false, kept: 'It is no longer what it was.' };
    },
    lastSweep: async (repositoryId) => store.sweeps.get(repositoryId),
    recordSweep: async (repositoryId) => void store.sweeps.set(repositoryId, options.now().toISOString()),
    close: async () => {},
  };
}
