import { branchName } from '../branching/identity.ts';
import { createPostgresProvider } from '../branching/postgres.ts';
import { parseServerUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { type Draft, saveDraft, startDraft } from './draft.ts';
import { defaultPolicy } from './policy.ts';
import { comment } from './report.ts';
import type { Setting } from './setting.ts';

export type TeardownOptions = { readonly serverUrl: Secret | undefined; readonly key: string };

/**
 * Removes this pull request's branch; nothing to remove is success. Needs no checkout and no policy. The
 * comment, if there is one, says what the provider confirmed and nothing else.
 * @throws ProviderError when the server cannot be reached: the sweep finds the branch by its labels later.
 */
export async function teardown(
  world: World,
  setting: Setting,
  options: TeardownOptions,
): Promise<NonNullable<Draft['teardown']>> {
  const branch = branchName(setting.identity);
  if (!options.serverUrl || !setting.trusted) {
    const why = options.serverUrl
      ? 'This pull request comes from a fork or a bot, which never get a branch on the server'
      : 'No server-url: branches ended with the jobs that made them';
    world.info(`${why}, so there is nothing to remove.`);
    return { branch, removed: false, at: world.now().toISOString() };
  }
  const removed = await remove(world, setting, options.serverUrl);
  world.info(removed ? `Branch ${branch} is removed.` : `There was no branch ${branch} to remove.`);
  const torn = { branch, removed, at: world.now().toISOString() };
  const draft = { ...startDraft(world, setting, defaultPolicy.facts), teardown: torn };
  const evidence = await saveDraft(world, draft);
  await comment(world, setting, evidence, { comment: 'changes', key: options.key });
  return torn;
}

async function remove(world: World, setting: Setting, serverUrl: Secret): Promise<boolean> {
  world.mask(serverUrl);
  const facts = parseServerUrl(serverUrl);
  world.mask(facts.password);
  const { now, info: onProgress, signal } = world;
  const provider = createPostgresProvider({ facts, now, onProgress, signal });
  try {
    return (await provider.remove(setting.identity)).removed;
  } finally {
    await provider.close();
  }
}
