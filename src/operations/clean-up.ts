import { identitySchema } from '../branching/labels.ts';
import { createPostgresProvider } from '../branching/postgres.ts';
import { stopServer } from '../postgres/server.ts';
import { parseServerUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';

export type Remembered = {
  /** Directory of the server that this job started. */
  readonly server: string | undefined;
  /** Identity, as JSON, of a branch that lives for the job only. */
  readonly branch: string | undefined;
  readonly serverUrl: Secret | undefined;
};

/** The post step: ends what lives for the job only. Safe to run twice and after a cancelled or failed main step. */
export async function cleanUp(world: World, remembered: Remembered): Promise<void> {
  const { branch, server, serverUrl } = remembered;
  if (branch && serverUrl && !server) {
    const provider = createPostgresProvider({
      facts: parseServerUrl(serverUrl),
      now: world.now,
      onProgress: world.debug,
      signal: world.signal,
    });
    try {
      const { removed } = await provider.remove(identitySchema.parse(JSON.parse(branch)));
      world.info(removed ? 'The branch of this job is removed.' : 'This job left no branch.');
    } finally {
      await provider.close();
    }
  }
  if (server) {
    await stopServer(server);
    world.info('The Postgres server of this job is stopped and its data removed.');
  }
}
