import { certainlyStale } from '../branching/lifecycle.ts';
import type { Branch, CreateRequest, Provider } from '../branching/provider.ts';
import { ProviderError } from '../errors.ts';
import type { World } from '../runner/world.ts';

type Created = Awaited<ReturnType<Provider['create']>>;

/**
 * Gets or creates a branch. On a full quota the repository's branches that are certainly stale go, and it is tried once
 * more.
 * @throws ProviderError of status `quota` that says who holds what.
 */
export async function createWithinQuota(
  world: Pick<World, 'info'>,
  provider: Provider,
  request: CreateRequest,
): Promise<Created> {
  try {
    return await provider.create(request);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 'quota') throw error;
    const removed = await removeStale(provider, request.identity.repositoryId);
    if (removed.length === 0) throw error;
    world.info(`The quota was full. These branches had expired and are removed: ${removed.join(', ')}.`);
    return provider.create(request);
  }
}

/** Each is read again before it goes: another job may have renewed it. */
async function removeStale(provider: Provider, repositoryId: number): Promise<readonly string[]> {
  const now = await provider.now();
  const removed: string[] = [];
  for (const { labels, name } of certainlyStale(await everyBranch(provider, repositoryId), now)) {
    const found = await provider.find(labels);
    if (found === undefined || certainlyStale([found], now).length === 0) continue;
    if ((await provider.remove(found.labels)).removed) removed.push(name);
  }
  return removed;
}

async function everyBranch(provider: Provider, repositoryId: number): Promise<readonly Branch[]> {
  const found: Branch[] = [];
  let after: string | undefined;
  do {
    const page = await provider.list(repositoryId, after);
    found.push(...page.branches);
    after = page.next;
  } while (after !== undefined);
  return found;
}
