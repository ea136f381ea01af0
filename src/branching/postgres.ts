import type { ConnectionFacts } from '../postgres/facts.ts';
import { asAdmin, DEFAULT_LIMITS, type Server, serverTime } from './admin.ts';
import type { Holder } from './admission.ts';
import { ensureBaseline, findBaseline, publishBaseline } from './baselines.ts';
import {
  branchUsage,
  connectBranch,
  findBranch,
  holdBranch,
  listBranches,
  recallOfBranch,
  rememberOfBranch,
  touchBranch,
  type Workshop,
} from './branch-access.ts';
import { createBranch, removeBranch, resetBranch } from './branches.ts';
import { clearRemain } from './clear-remain.ts';
import { readDatabases } from './databases.ts';
import { findRemains } from './find-remains.ts';
import { MAXIMUM_NAME_BYTES } from './identity.ts';
import { type InspectedBaseline, inspectBaseline } from './inspect-baseline.ts';
import { installationSecret, requireOurs } from './installation.ts';
import {
  type BaselineStock,
  type KeptVersions,
  keepVersions,
  listBaselines,
  removeBaseline,
} from './inventory.ts';
import { readManifestText } from './manifests.ts';
import type { Baseline, BranchLimits, Provider, QuarantineWish, Trust } from './provider.ts';
import { type BuildMasked, type RefreshOptions, refreshBaseline } from './refresh-baseline.ts';
import { readHolders } from './reserve.ts';
import { withShard } from './shards.ts';
import { readCensus } from './survey.ts';
import { readSweep, writeSweep } from './sweeps.ts';
import { resolveBaseline } from './trusted.ts';

/** A provider on a Postgres server, which can also take a database that is there for a baseline. */
export type PostgresProvider = Provider & {
  /** Marks a database of the administrator's as a baseline and closes it. Throws ProviderError when it may not be. */
  readonly publishBaseline: (database: string, baseline: Pick<Baseline, 'id' | 'kind'>) => Promise<Baseline>;
  /** Makes a new version of a masked baseline and publishes it once it is proved; see refresh-baseline.ts. */
  readonly refreshBaseline: (name: string, build: BuildMasked, options?: RefreshOptions) => Promise<Baseline>;
  /** Removes all versions of the name but the newest `count`, and but those that branches are made from. */
  readonly keepVersions: (name: string, count: number) => Promise<KeptVersions>;
  /** What the server tells of a baseline from outside, by id, or of the newest version of this name; nothing of it is judged. */
  readonly inspectBaseline: (wanted: string) => Promise<InspectedBaseline | undefined>;
  /** Every baseline of this administrator's, by id. */
  readonly baselines: () => Promise<readonly BaselineStock[]>;
  /** Whose branches there are, with those that have no more than their roles yet; nothing is measured. */
  readonly holders: () => Promise<readonly Holder[]>;
  /** Drops a baseline with its roles. Missing is success. Throws ProviderError while branches are made from it. */
  readonly removeBaseline: (id: string) => Promise<{ readonly removed: boolean }>;
};

export type PostgresOptions = {
  /** The administrator: a superuser, or a role with CREATEDB and CREATEROLE. Every job must name the same one and the same database. */
  readonly facts: ConnectionFacts;
  readonly now: () => Date;
  readonly onProgress?: (text: string) => void;
  /** Aborting ends what runs; what it leaves half made, `remove` and the next `create` clear. */
  readonly signal?: AbortSignal;
  /** Longest wait for another job on the same branch; 60 s when left out. */
  readonly lockWaitMs?: number;
  /** Longest wait for another job that builds the same baseline; 15 min when left out. */
  readonly buildWaitMs?: number;
  /** Longest wait for another run that holds the same branch; 15 min when left out. */
  readonly holdWaitMs?: number;
  /** What a branch's login role may take; `DEFAULT_LIMITS` when left out. */
  readonly limits?: BranchLimits;
  /** What is made harmless in every copy beyond what always is. */
  readonly quarantine?: QuarantineWish;
  /** Judges masked baselines; without it no branch is made from one. */
  readonly trust?: Trust;
  readonly pageSize?: number;
  readonly name?: string;
  readonly durable?: boolean;
};

/** What the operations work with, our defaults filled in. */
export function serverOf(options: PostgresOptions): Server {
  return {
    facts: options.facts,
    now: options.now,
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal,
    lockWaitMs: options.lockWaitMs ?? 60_000,
    buildWaitMs: options.buildWaitMs ?? 900_000,
    holdWaitMs: options.holdWaitMs ?? 900_000,
    limits: options.limits ?? DEFAULT_LIMITS,
    quarantine: options.quarantine ?? { tables: [] },
    trust: options.trust,
  };
}

/** Read at first need, and again after a failure. */
function remembered<T>(read: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

/**
 * Branches on any Postgres server, 13 or newer, by CREATE DATABASE … TEMPLATE. Opens a session for each call and keeps
 * none, so `close` has nothing to do. Throws ProviderError when the server refuses.
 */
export function createPostgresProvider(options: PostgresOptions): PostgresProvider {
  const server = serverOf(options);
  const workshop: Workshop = {
    server,
    provider: options.name ?? 'postgres',
    secret: remembered(() => installationSecret(server)),
  };
  const ours = remembered(() => asAdmin(server, (admin) => requireOurs(server, admin)));
  /** What would say that nothing is there, to an administrator who cannot see it. */
  const sure = async <T>(work: () => Promise<T>): Promise<T> => {
    await ours();
    return work();
  };
  return {
    name: workshop.provider,
    serverVersion: () => asAdmin(server, async (admin) => admin.serverVersion),
    now: () => asAdmin(server, serverTime),
    capabilities: {
      sql: true,
      durable: options.durable ?? true,
      maximumNameBytes: MAXIMUM_NAME_BYTES,
      shards: true,
    },
    findBaseline: (id) => sure(async () => findBaseline(await asAdmin(server, readDatabases), id)?.baseline),
    ensureBaseline: (baseline, build) => ensureBaseline(server, baseline, build),
    publishBaseline: (database, baseline) => sure(() => publishBaseline(server, database, baseline)),
    resolveBaseline: (wanted, held) =>
      sure(() => asAdmin(server, (admin) => resolveBaseline(server, admin, wanted, held))),
    manifestOf: (id) => sure(() => asAdmin(server, (admin) => readManifestText(admin, id))),
    refreshBaseline: (name, build, refresh) => sure(() => refreshBaseline(server, name, build, refresh)),
    keepVersions: (name, count) => sure(() => keepVersions(server, name, count)),
    inspectBaseline: (wanted) => sure(() => inspectBaseline(server, wanted)),
    baselines: () => sure(() => asAdmin(server, (admin) => listBaselines(server, admin))),
    holders: () =>
      sure(() => asAdmin(server, async (admin) => readHolders(admin, await readDatabases(admin)))),
    removeBaseline: (id) => sure(() => removeBaseline(server, id)),
    hold: (identity, work) => holdBranch(server, identity, work),
    create: (request) => createBranch(workshop, request),
    find: (identity) => sure(() => findBranch(workshop, identity)),
    connect: (branch) => connectBranch(workshop, branch),
    touch: (branch) => touchBranch(workshop, branch),
    remember: (branch, text) => rememberOfBranch(workshop, branch, text),
    recall: (branch) => recallOfBranch(workshop, branch),
    reset: (branch, baselineId) => resetBranch(workshop, branch, baselineId),
    withShard: (branch, request, work) => withShard(workshop, branch, request, work),
    remove: (identity, unchanged) => sure(() => removeBranch(workshop, identity, unchanged)),
    list: (repositoryId, after) =>
      sure(() => listBranches(workshop, repositoryId, after, options.pageSize ?? 100)),
    usage: (branch) => branchUsage(workshop, branch),
    census: () => sure(() => readCensus(server, workshop.provider)),
    remains: (repositoryId) => sure(() => findRemains(server, repositoryId)),
    clear: (remain) => clearRemain(server, remain),
    lastSweep: (repositoryId) => asAdmin(server, (admin) => readSweep(admin, repositoryId)),
    recordSweep: (repositoryId) => asAdmin(server, (admin) => writeSweep(admin, repositoryId)),
    close: async () => {},
  };
}
