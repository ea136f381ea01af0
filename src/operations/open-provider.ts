import { join } from 'node:path';
import { createLocalProvider, joinLocalProvider } from '../branching/local.ts';
import { createPostgresProvider } from '../branching/postgres.ts';
import type { Provider } from '../branching/provider.ts';
import type { Policy } from '../policy/schema.ts';
import { findBinaries } from '../postgres/binaries.ts';
import { parseServerUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import { branchWishes } from './branch-wishes.ts';
import type { Setting } from './setting.ts';

export type ProviderOptions = {
  /** A Postgres that the team owns; without it a server is started in this job. */
  readonly serverUrl: Secret | undefined;
  readonly postgresVersion: PostgresVersion | undefined;
  readonly postgresDirectory: string | undefined;
};

/** Where this job's own server lives; every step of the job finds the same one. */
export function localServerDirectory(world: World): string {
  // Beside the job's own folder, not in it: that is 0700, and as root the server runs as another user.
  return `${world.temporary}-server`;
}

/**
 * The team's server when its URL is given and the pull request may use it, else a server of this job's own.
 * @throws ProviderError when the server cannot be reached or started.
 */
export async function openProvider(
  world: World,
  setting: Setting,
  options: ProviderOptions,
  policy: Policy,
): Promise<Provider> {
  const shared = { now: world.now, onProgress: world.info, signal: world.signal, ...branchWishes(policy) };
  if (options.serverUrl && setting.trusted) {
    world.mask(options.serverUrl);
    const facts = parseServerUrl(options.serverUrl);
    world.mask(facts.password);
    return createPostgresProvider({ facts, ...shared });
  }
  if (options.serverUrl) {
    world.warning(
      'This pull request comes from a fork or a bot: the server is not used, a local one is started.',
    );
  }
  const directory = localServerDirectory(world);
  const joined = await joinLocalProvider({ directory, ...shared });
  if (joined) return joined;
  world.saveState('server', 'started');
  const binaries = await findBinaries({
    version: options.postgresVersion,
    directory: options.postgresDirectory,
    cacheDirectory: world.environment.RUNNER_TOOL_CACHE
      ? join(world.environment.RUNNER_TOOL_CACHE, 'pullgres')
      : `${world.temporary}-cache`,
    onProgress: world.info,
  });
  return createLocalProvider({ binaries, directory, ...shared });
}
