import { joinLocalProvider } from '../branching/local.ts';
import { createPostgresProvider } from '../branching/postgres.ts';
import type { Branch, Provider } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { parseServerUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { connectMasked, openAsBranch } from './credentials.ts';
import { localServerDirectory } from './open-provider.ts';
import type { Setting } from './setting.ts';

/**
 * The credentials of a branch that an earlier step or job made; makes nothing.
 * @throws UserError when there is no such branch; ProviderError when its role does not get in.
 */
export async function connect(
  world: World,
  setting: Setting,
  serverUrl: Secret | undefined,
): Promise<{ branch: Branch; facts: ConnectionFacts }> {
  const provider = await openExisting(world, setting, serverUrl);
  try {
    const branch = await provider.find(setting.identity);
    if (!branch) {
      throw new UserError('There is no branch to connect to.', {
        hint: 'Let actions/branch run first, in this job or in one that this job needs.',
      });
    }
    const facts = await connectMasked(world, provider, branch);
    await (await openAsBranch(branch, facts, world.signal)).close();
    return { branch, facts };
  } finally {
    await provider.close();
  }
}

async function openExisting(
  world: World,
  setting: Setting,
  serverUrl: Secret | undefined,
): Promise<Provider> {
  const shared = { now: world.now, onProgress: world.debug, signal: world.signal };
  if (serverUrl && setting.trusted) {
    world.mask(serverUrl);
    const facts = parseServerUrl(serverUrl);
    world.mask(facts.password);
    return createPostgresProvider({ facts, ...shared });
  }
  const joined = await joinLocalProvider({ directory: localServerDirectory(world), ...shared });
  if (joined) return joined;
  throw new UserError('No server-url is given and this job has started no server of its own.', {
    hint: 'Branches without server-url live in the job that made them: run actions/branch earlier in this job, or give server-url.',
  });
}
