import {
  createPostgresProvider,
  type PostgresOptions,
  type PostgresProvider,
} from '../branching/postgres.ts';
import { UserError } from '../errors.ts';
import { parseServerUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';

/** What the policy may ask of the provider. */
export type ServerWishes = Pick<PostgresOptions, 'limits' | 'quarantine' | 'trust'>;

/**
 * Does `work` with the branch server that a person at a terminal names, by URL or by PULLGRES_SERVER_URL. Its password
 * is masked.
 * @throws UserError when no server is named or the URL is malformed.
 */
export async function onServer<T>(
  world: World,
  given: string | undefined,
  wishes: ServerWishes,
  work: (provider: PostgresProvider) => Promise<T>,
): Promise<T> {
  const text = given ?? world.environment.PULLGRES_SERVER_URL;
  if (text === undefined || text === '') {
    throw new UserError('No branch server is named.', {
      hint: 'Set PULLGRES_SERVER_URL to the URL of its administrator (preferred: arguments are seen by ps), or give --server-url.',
    });
  }
  const url = new Secret(text);
  world.mask(url);
  const facts = parseServerUrl(url);
  world.mask(facts.password);
  const { now, info: onProgress, signal } = world;
  const provider = createPostgresProvider({ facts, now, onProgress, signal, ...wishes });
  try {
    return await work(provider);
  } finally {
    await provider.close();
  }
}
