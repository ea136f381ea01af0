import { decideLifetime, decideReuse, expiry, type Reuse, type TimeToLive } from '../branching/lifecycle.ts';
import type { Baseline, Branch, Making, Provider } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import type { BranchRecord } from '../evidence/schema.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { applyMigrations } from '../rehearsal/apply.ts';
import type { World } from '../runner/world.ts';
import { appliedOf, continuation, type Earlier, recallEarlier, rehearsalKey } from './append.ts';
import { quotaOf } from './branch-wishes.ts';
import { connectMasked, openAsBranch } from './credentials.ts';
import { today } from './judged-by.ts';
import { historyOf, type MigrationPlan, schemaBaselineId } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { migrationCommand } from './rehearse-command.ts';
import type { Setting } from './setting.ts';
import { type Standing, standingOf } from './standing.ts';
import { createWithinQuota } from './within-quota.ts';

export type OpenBranch = {
  readonly branch: Branch;
  readonly facts: ConnectionFacts;
  readonly record: BranchRecord;
  /** What an earlier push applied to it and rehearsed, where this change only appends to that. */
  readonly earlier?: Earlier | undefined;
};

export type BranchOptions = {
  /** Id of a published baseline; without it the base branch's schema is built. */
  readonly baseline: string | undefined;
  readonly loaded: LoadedPolicy;
  readonly plan: MigrationPlan | undefined;
  /** Bring a touched branch back to its baseline first, so that the whole pull request is rehearsed. */
  readonly fresh: boolean;
  /** Bring the branch back to its baseline though it could be kept. */
  readonly reset?: boolean | undefined;
  /** Life from now on, instead of the policy's `branch.idle-ttl`. */
  readonly ttlMs?: number | undefined;
};

/** Set when the pull request was closed meanwhile: nothing is made, or what was made is removed again. */
export type Closed = { readonly closed: string };

/** Set when the pull request's head is another commit by now: the branch is the newer run's. */
export type Overtaken = { readonly overtaken: string };

/**
 * Gets or creates this run's branch and proves that it may be used. How the pull request stands is read before and
 * after, because `closed` or a push may arrive while the branch is being made, and an old run may be run again.
 * @throws ProviderError, UserError when the baseline is missing or not proved, or the migrations cannot be applied.
 */
export async function ensureBranch(
  world: World,
  setting: Setting,
  provider: Provider,
  options: BranchOptions,
): Promise<OpenBranch | Closed | Overtaken> {
  const started = performance.now();
  // A command needs no history of ours, unless the base schema is to be made of the files.
  if (options.plan && migrationCommand(options.loaded) === undefined) historyOf(options.plan);
  const before = await standing(world, setting, provider);
  if (before.kind === 'closed') return { closed: `${nameOf(setting)} is closed; no branch is made.` };
  if (before.kind === 'overtaken') return { overtaken: before.sentence };
  const held = options.reset ? undefined : (await provider.find(setting.identity))?.labels.baselineId;
  const made = await makeBranch(world, setting, provider, options, held);
  // What lives in this job alone is in nobody's way: how the pull request stands is asked once.
  const after = provider.capabilities.durable ? await standing(world, setting, provider) : before;
  if (after.kind === 'closed') {
    await provider.remove(setting.identity);
    return {
      closed: `${nameOf(setting)} was closed while its branch was being made; the branch is removed.`,
    };
  }
  if (after.kind === 'overtaken') return { overtaken: after.sentence };
  const facts = await connectMasked(world, provider, made.branch);
  const record = await describe(setting, provider, made, facts, performance.now() - started);
  return { branch: made.branch, facts, record, earlier: made.earlier };
}

/** No newer run shares a branch that lives in this job alone. */
async function standing(world: World, setting: Setting, provider: Provider): Promise<Standing> {
  const found = await standingOf(world, setting);
  return found.kind === 'overtaken' && !provider.capabilities.durable ? { kind: 'current' } : found;
}

type Made = {
  readonly branch: Branch;
  readonly baseline: Baseline;
  readonly created: boolean;
  readonly making: Making | undefined;
  readonly resetReason: string | undefined;
  readonly earlier: Earlier | undefined;
};

async function makeBranch(
  world: World,
  setting: Setting,
  provider: Provider,
  options: BranchOptions,
  held: string | undefined,
): Promise<Made> {
  if (lifetimeOf(setting, provider) === 'job') rememberForCleanUp(world);
  const kept = await wantedBaseline(world, provider, options, held);
  const reuse = await decide(world, setting, provider, kept, options);
  const baseline = await baselineAnew(world, provider, options, { kept, reuse });
  if (reuse?.action === 'replace') await provider.remove(setting.identity);
  const found = await provider.find(setting.identity);
  const { policy } = options.loaded;
  const { branch, created, making } = await createWithinQuota(world, provider, {
    identity: setting.identity,
    baselineId: baseline.id,
    headSha: setting.subject.headSha,
    baseRef: baseRefOf(setting),
    expiresAt: expiry(await provider.now(), found?.labels.createdAt, timeToLive(policy, options)),
    author: authorOf(world, setting),
    repository: setting.subject.repository,
    quota: quotaOf(policy),
  });
  if (created || reuse === undefined || reuse.action === 'keep') {
    return {
      branch,
      baseline,
      created,
      making,
      resetReason: undefined,
      earlier: created ? undefined : reuse?.earlier,
    };
  }
  const moved = baseline.id === kept.id ? '' : ` It moves on to ${baseline.id}.`;
  const resetReason = `${reuse.reason}${moved}`;
  world.info(`Branch ${branch.name} is brought back to its baseline. ${resetReason}`);
  const reset = await provider.reset(branch, baseline.id);
  return { ...reset, baseline, created, resetReason, earlier: undefined };
}

/** A branch that loses its data anyway takes the newest version, though its own would still do. */
async function baselineAnew(
  world: World,
  provider: Provider,
  options: BranchOptions,
  { kept, reuse }: { readonly kept: Baseline; readonly reuse: Decided | undefined },
): Promise<Baseline> {
  const isAnew = reuse !== undefined && reuse.action !== 'keep';
  return isAnew && kept.name !== undefined ? wantedBaseline(world, provider, options, undefined) : kept;
}

type Decided = Reuse & { readonly earlier?: Earlier | undefined };

/** What becomes of a branch that an earlier run left; undefined when there is none or it is to be kept as it is. */
async function decide(
  world: World,
  setting: Setting,
  provider: Provider,
  baseline: Baseline,
  options: BranchOptions,
): Promise<Decided | undefined> {
  const { fresh, reset, loaded, plan } = options;
  const branch = await provider.find(setting.identity);
  if (!branch) return undefined;
  const request = {
    branch,
    wantedBaselineId: baseline.id,
    baselineKind: baseline.kind,
    now: await provider.now(),
    ttl: timeToLive(loaded.policy, options),
    baseRef: baseRefOf(setting),
  };
  const first = decideReuse(request);
  if (first.action === 'replace') return first;
  if (reset) return { action: 'reset', reason: 'The workflow asks for it (`reset: true`).' };
  // A version that the policy trusts no more is left at once: its rows may not be used any longer.
  const isLeft = baseline.name !== undefined && branch.labels.baselineId !== baseline.id;
  if (isLeft) return first;
  if (!fresh) return undefined;
  if (!plan || !branch.labels.touched) return first;
  const key = rehearsalKey(plan, loaded, await provider.serverVersion(), today(world));
  const next = continuation(await recallEarlier(provider, branch), plan.added.map(appliedOf), key);
  if ('reason' in next) return decideReuse({ ...request, continuation: next });
  return { ...decideReuse({ ...request, continuation: 'appended' }), earlier: next.carry };
}

/** Written before the branch exists, so that a cancelled job still knows what its post step must remove. */
function rememberForCleanUp(world: World): void {
  world.saveState('branch', 'made');
}

function lifetimeOf({ identity }: Setting, provider: Provider): BranchRecord['lifetime'] {
  const { until } = decideLifetime(identity.subject.kind, provider.capabilities.durable);
  return until === 'pull-request' ? 'pull request' : until;
}

function timeToLive(policy: Policy, { ttlMs }: BranchOptions): TimeToLive {
  return {
    idleMs: ttlMs ?? durationMs(policy.branch['idle-ttl']),
    absoluteMs: durationMs(policy.branch['absolute-ttl']),
  };
}

/** `held`: id of the baseline that the branch has; a version of the wanted name is kept for as long as it may be used. */
async function wantedBaseline(
  world: World,
  provider: Provider,
  options: BranchOptions,
  held: string | undefined,
): Promise<Baseline> {
  if (options.baseline) {
    const found = await provider.resolveBaseline(options.baseline, held);
    if (found) return found;
    throw new UserError(`There is no baseline ${options.baseline} on the server.`, {
      hint: 'Publish one, or leave the input `baseline` out to build the schema of the base branch.',
    });
  }
  const { plan } = options;
  const id = plan ? schemaBaselineId(plan, await provider.serverVersion()) : 'schema_empty';
  const baseline: Baseline = { id, kind: 'schema', createdAt: (await provider.now()).toISOString() };
  return provider.ensureBaseline(baseline, async (facts) => {
    if (!plan) return;
    world.info(`Building the schema of the base branch: ${plan.base.length} migrations.`);
    await applyMigrations({
      facts,
      migrations: plan.base,
      history: historyOf(plan),
      signal: world.signal,
      onProgress: world.debug,
    });
  });
}

async function describe(
  setting: Setting,
  provider: Provider,
  made: Made,
  facts: ConnectionFacts,
  elapsedMs: number,
): Promise<BranchRecord> {
  const connection = await openAsBranch(made.branch, facts);
  await connection.close();
  const { bytes, divergedBytes } = await provider.usage(made.branch);
  return {
    name: made.branch.name,
    id: made.branch.id,
    provider: provider.name,
    created: made.created,
    resetReason: made.resetReason,
    lifetime: lifetimeOf(setting, provider),
    createdAt: made.branch.labels.createdAt,
    expiresAt: made.branch.labels.expiresAt,
    baseline: baselineRecord(made.baseline),
    postgresVersion: connection.serverVersion,
    durationMs: Math.round(elapsedMs),
    making: made.making,
    size: { bytes, ...(divergedBytes === undefined ? {} : { divergedBytes }) },
  };
}

/** Without its proof, which the run has judged by now: no branch is made from a masked baseline that does not hold. */
function baselineRecord({ id, kind, createdAt, name, sourceAt }: Baseline): BranchRecord['baseline'] {
  const version = {
    ...(name === undefined ? {} : { name }),
    ...(sourceAt === undefined ? {} : { sourceAt }),
  };
  return { id, kind, createdAt, ...version, ...(kind === 'masked' ? { proved: true } : {}) };
}

/** A branch of a name is on the account of whoever started the run. */
function authorOf(world: World, { event, identity }: Setting): string | undefined {
  if (event.kind === 'pull-request') return event.pullRequest.author;
  return identity.subject.kind === 'named' ? world.environment.GITHUB_ACTOR?.slice(0, 100) : undefined;
}

function baseRefOf({ event }: Setting): string {
  if (event.kind === 'pull-request') return event.pullRequest.baseRef;
  if (event.kind === 'merge-group') return event.baseRef;
  return event.kind === 'push' ? event.ref : '';
}

function nameOf({ event, subject }: Setting): string {
  return event.kind === 'pull-request' ? `Pull request ${subject.pullRequest}` : `Commit ${subject.headSha}`;
}
