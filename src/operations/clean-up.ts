import { setTimeout as sleep } from 'node:timers/promises';
import { sameOwner } from '../branching/identity.ts';
import { decideLifetime } from '../branching/lifecycle.ts';
import { createPostgresProvider } from '../branching/postgres.ts';
import type { BranchIdentity, Provider } from '../branching/provider.ts';
import { stopServer } from '../postgres/server.ts';
import { parseServerUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { localServerDirectory } from './open-provider.ts';
import { readSetting } from './setting.ts';

export type Remembered = {
  /** This job started a server. */
  readonly server: boolean;
  /** This job made a branch that lives for the job only. */
  readonly branch: boolean;
  readonly serverUrl: Secret | undefined;
};

/**
 * The post step: ends what lives for the job only. Safe to run twice and after a cancelled or failed main step. The
 * state file can be written by the tests of a pull request, so it says only that there is something to end; what it
 * is comes from the event, and is never a pull request's own branch.
 */
export async function cleanUp(world: World, { branch, server, serverUrl }: Remembered): Promise<void> {
  if (branch && serverUrl && !server) await removeJobBranch(world, serverUrl);
  if (!server) return;
  await stopServer(localServerDirectory(world));
  world.info('The Postgres server of this job is stopped and its data removed.');
}

async function removeJobBranch(world: World, serverUrl: Secret): Promise<void> {
  world.mask(serverUrl);
  const { identity } = await readSetting(world, { token: undefined });
  if (decideLifetime(identity.subject.kind, true).until !== 'job') return;
  const { now, debug: onProgress, signal } = world;
  const provider = createPostgresProvider({ facts: parseServerUrl(serverUrl), now, onProgress, signal });
  try {
    if (await isAtWork(provider, identity)) {
      world.info('Something of this job still works on its branch, so it is left to the sweep.');
      return;
    }
    const { removed } = await provider.hold(identity, () => provider.remove(identity));
    world.info(removed ? 'The branch of this job is removed.' : 'This job left no branch.');
  } finally {
    await provider.close();
  }
}

/** A main step that was killed holds its branch until the server sees its connection gone. */
const LAST_HOLD_MS = 2_000;

/** Something that a step of this job left behind may still be at it; nobody else is, since the branch is this job's alone. */
async function isAtWork(provider: Provider, identity: BranchIdentity): Promise<boolean> {
  const isBusy = async () => {
    const held = (await provider.census()).find(({ branch }) => sameOwner(branch.labels, identity));
    return held?.busy ?? false;
  };
  if (!(await isBusy())) return false;
  await sleep(LAST_HOLD_MS);
  return isBusy();
}
