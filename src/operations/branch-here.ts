import { expiry, type TimeToLive } from '../branching/lifecycle.ts';
import type { PostgresProvider } from '../branching/postgres.ts';
import type { Branch, BranchIdentity } from '../branching/provider.ts';
import { commandLine } from '../command-line.ts';
import { UserError } from '../errors.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import type { BranchJson, ListedJson, RemovedJson } from '../report/branch-json-schema.ts';
import type { World } from '../runner/world.ts';
import { type Done, listedJson, madeJson } from './branch-here-json.ts';
import { findUnder, removeUnder, warnDerived, warnOther } from './branch-under.ts';
import { branchWish, repositoryWish, ttlWish, type WrittenWish } from './branch-wish.ts';
import { branchWishes, quotaOf } from './branch-wishes.ts';
import { loadPolicy } from './policy.ts';
import { isUnder, type RepositoryNumbers, repositoryNumbers } from './repository-id.ts';
import { onServer } from './team-server.ts';
import { createWithinQuota } from './within-quota.ts';

/** What a person at a terminal asks of one branch. */
export type BranchHere = WrittenWish & {
  readonly serverUrl: string | undefined;
  readonly baseline?: string | undefined;
  /** Give the URL with its password; it is given nowhere else. */
  readonly showUrl?: boolean | undefined;
};

/** Gets or creates the branch of a pull request or of a name. Throws UserError, ProviderError. */
export async function createHere(world: World, wish: BranchHere): Promise<BranchJson> {
  return onPolicyServer(world, wish, async (provider, identity, policy, numbers) => {
    if (numbers.derived) warnDerived(world, wish.repository);
    return ensure(world, provider, identity, { wish, policy, found: await provider.find(identity) });
  });
}

/**
 * Brings a branch back to its baseline, or to the one named, and renews its life.
 * @throws UserError when there is none; ProviderError.
 */
export async function resetHere(world: World, wish: BranchHere): Promise<BranchJson> {
  return onPolicyServer(world, wish, async (provider, identity, policy) => {
    const found = existing(await provider.find(identity));
    const baseline = await resetTarget(provider, wish, found);
    const { branch, created, making } = await ensure(world, provider, identity, {
      wish: { ...wish, baseline: undefined },
      policy,
      found,
      anew: baseline,
    });
    if (created) return { branch, created, making };
    return { ...(await provider.reset(branch, baseline)), created };
  });
}

/** The branch that is there, once a session on it has been opened. Throws UserError when there is none. */
export async function connectHere(world: World, wish: BranchHere): Promise<BranchJson> {
  const repository = repositoryWish(wish);
  const subject = branchWish(wish);
  return onServer(world, wish.serverUrl, {}, async (provider) => {
    const numbers = await repositoryNumbers(world, provider, repository);
    const { found } = await findUnder(provider, numbers, subject);
    const branch = existing(found);
    return madeJson(world, provider, { branch, created: false }, wish);
  });
}

/** Removes the branch; missing is success. */
export async function removeHere(world: World, wish: BranchHere): Promise<RemovedJson> {
  const repository = repositoryWish(wish);
  const subject = branchWish(wish);
  return onServer(world, wish.serverUrl, {}, async (provider) => {
    return removeUnder(provider, await repositoryNumbers(world, provider, repository), subject);
  });
}

/** Every branch of the repository, or of the whole server when none is named. */
export async function listHere(world: World, wish: BranchHere): Promise<readonly ListedJson[]> {
  const wanted = repositoryWish(wish);
  return onServer(world, wish.serverUrl, {}, async (provider) => {
    const all = wanted.repository === undefined && wanted.repositoryId === undefined;
    const numbers = all ? undefined : await repositoryNumbers(world, provider, wanted);
    const now = await provider.now();
    return (await provider.census())
      .filter(({ branch: { labels } }) => !numbers || isUnder(numbers, labels.repositoryId))
      .map((held) => listedJson(held, now));
  });
}

async function onPolicyServer(
  world: World,
  wish: BranchHere,
  work: (
    provider: PostgresProvider,
    identity: BranchIdentity,
    policy: Policy,
    numbers: RepositoryNumbers,
  ) => Promise<Done>,
): Promise<BranchJson> {
  const repository = repositoryWish(wish);
  const subject = branchWish(wish);
  ttlWish(wish);
  const { policy } = await loadPolicy({ root: world.workspace, commit: undefined });
  requireLife(wish, policy);
  return onServer(world, wish.serverUrl, branchWishes(policy), async (provider) => {
    const numbers = await repositoryNumbers(world, provider, repository);
    const { identity, found } = await findUnder(provider, numbers, subject);
    if (found && identity.repositoryId === numbers.also) warnOther(world, found, numbers.id);
    const done = await provider.hold(identity, () => work(provider, identity, policy, numbers));
    return madeJson(world, provider, done, wish);
  });
}

type Ensuring = {
  readonly wish: BranchHere;
  readonly policy: Policy;
  readonly found: Branch | undefined;
  /** The baseline of a branch that has to be made anew. */
  readonly anew?: string;
};

/** Makes the branch, or renews the life of the one that is there; one that reached its greatest age is made anew. */
async function ensure(
  world: World,
  provider: PostgresProvider,
  identity: BranchIdentity,
  ensuring: Ensuring,
): Promise<Done> {
  const { wish, policy, found } = ensuring;
  const now = await provider.now();
  const ttl = timeToLive(wish, policy);
  const isOld = found !== undefined && expiry(now, found.labels.createdAt, ttl) <= now.toISOString();
  if (isOld) await provider.remove(identity);
  const kept = isOld ? undefined : found;
  const held = kept?.labels.baselineId;
  const wished = wish.baseline && (await wishedBaseline(provider, wish.baseline, held));
  if (kept && wished !== undefined && wished !== held) throw otherBaseline(kept);
  const baselineId = ensuring.anew ?? held ?? wished ?? (await onlyBaseline(provider));
  return createWithinQuota(world, provider, {
    identity,
    baselineId,
    headSha: kept?.labels.headSha ?? '',
    baseRef: kept?.labels.baseRef ?? '',
    expiresAt: expiry(now, kept?.labels.createdAt, ttl),
    repository: wish.repository,
    quota: quotaOf(policy),
  });
}

/** The id of what is wished for, which may be the name of versions; as it was written where there is none. */
async function wishedBaseline(provider: PostgresProvider, wished: string, held?: string): Promise<string> {
  return (await provider.resolveBaseline(wished, held))?.id ?? wished;
}

/** A branch of a version moves on to the newest of its name, unless another is named. */
async function resetTarget(
  provider: PostgresProvider,
  { baseline }: BranchHere,
  { labels }: Branch,
): Promise<string> {
  if (baseline !== undefined) return wishedBaseline(provider, baseline);
  const current = await provider.findBaseline(labels.baselineId);
  return current?.name === undefined ? labels.baselineId : wishedBaseline(provider, current.name);
}

function timeToLive(wish: BranchHere, { branch }: Policy): TimeToLive {
  return {
    idleMs: ttlWish(wish) ?? durationMs(branch['idle-ttl']),
    absoluteMs: durationMs(branch['absolute-ttl']),
  };
}

/** A life that would be cut in silence is refused. Throws UserError. */
function requireLife(wish: BranchHere, policy: Policy): void {
  const { idleMs, absoluteMs } = timeToLive(wish, policy);
  if (wish.ttl === undefined || idleMs <= absoluteMs) return;
  const greatest = policy.branch['absolute-ttl'];
  throw new UserError(`--ttl ${wish.ttl} is beyond the greatest age of a branch, ${greatest}.`, {
    hint: `Give at most ${greatest}, or raise branch.absolute-ttl in .github/pullgres.yml.`,
  });
}

function existing(found: Branch | undefined): Branch {
  if (found) return found;
  throw new UserError('There is no such branch.', {
    hint: `Make it by \`${commandLine('branch create')}\` with the same repository and pull request or name, or look at \`${commandLine('branch list')}\`.`,
  });
}

function otherBaseline({ name, labels }: Branch): UserError {
  return new UserError(`The branch ${name} is there already, made from the baseline ${labels.baselineId}.`, {
    hint: `Move it by \`${commandLine('branch reset --baseline …')}\` with the same repository and pull request or name; that loses what is on it.`,
  });
}

/** Without a name there must be no choice. */
async function onlyBaseline(provider: PostgresProvider): Promise<string> {
  const stock = await provider.baselines();
  const names = [...new Set(stock.map(({ baseline }) => baseline.name ?? baseline.id))];
  if (names.length === 1 && names[0]) return wishedBaseline(provider, names[0]);
  const ids = names.join(', ');
  throw new UserError(
    ids === ''
      ? 'There is no baseline on this server.'
      : `There are several baselines on this server: ${ids}.`,
    {
      hint:
        ids === ''
          ? `Publish a database as one: ${commandLine('baseline publish --database NAME --name ID --kind schema|synthetic')}`
          : 'Say which by --baseline.',
    },
  );
}
