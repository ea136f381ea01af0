import { cleanUp } from '../operations/clean-up.ts';
import { savedState } from '../runner/actions-world.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';

/** Runs at the end of the job, also after a failed or cancelled main step. The runner hands the step's inputs again. */
export async function postStep(world: World): Promise<boolean> {
  const url = world.environment['INPUT_SERVER-URL']?.trim();
  await cleanUp(world, {
    server: savedState('server') !== undefined,
    branch: savedState('branch') !== undefined,
    serverUrl: url ? new Secret(url) : undefined,
  });
  return true;
}
