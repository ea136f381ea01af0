import { derivedRepositoryId } from '../branching/identity.ts';
import type { PostgresProvider } from '../branching/postgres.ts';
import { GitHubError, UserError } from '../errors.ts';
import { createGitHub } from '../github/client.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';

export type RepositoryWish = {
  /** `owner/name`. */
  readonly repository: string | undefined;
  /** Given by hand. */
  readonly repositoryId: number | undefined;
};

/**
 * The number by which the server's branches know a repository: the one given; with GITHUB_TOKEN the one that GitHub
 * says; else the one that a branch of this name bears, or the roles of one that is being made; else one derived from the name, so that a terminal needs no network.
 * @throws UserError when neither is given, GitHub refuses, or branches of this name bear several numbers.
 */
export async function repositoryIdOf(
  world: World,
  provider: Pick<PostgresProvider, 'holders'>,
  { repository, repositoryId }: RepositoryWish,
): Promise<number> {
  if (repositoryId !== undefined) return repositoryId;
  if (repository === undefined) {
    throw new UserError('No repository is named.', { hint: 'Give --repository owner/name.' });
  }
  const token = world.environment.GITHUB_TOKEN;
  if (token) return askGitHub(world, repository, new Secret(token));
  return (await knownId(provider, repository)) ?? derivedRepositoryId(repository);
}

async function askGitHub(world: World, repository: string, token: Secret): Promise<number> {
  world.mask(token);
  const { GITHUB_API_URL = 'https://api.github.com' } = world.environment;
  const environment = { ...world.environment, GITHUB_API_URL, GITHUB_REPOSITORY: repository };
  const github = createGitHub({ token, environment, onNotice: world.info, signal: world.signal });
  try {
    return await github.repositoryId();
  } catch (cause) {
    world.signal.throwIfAborted();
    if (!(cause instanceof GitHubError)) throw cause;
    const { message } = cause;
    throw new UserError(/[.!?]$/.test(message) ? message : `${message}.`, {
      hint: 'Give the number by --repository-id, or unset GITHUB_TOKEN: then the branches on the server tell it.',
      cause,
    });
  }
}

async function knownId(
  provider: Pick<PostgresProvider, 'holders'>,
  repository: string,
): Promise<number | undefined> {
  const name = repository.toLowerCase();
  const own = (await provider.holders()).filter(({ repository: one }) => one?.toLowerCase() === name);
  const ids = [...new Set(own.map(({ repositoryId }) => repositoryId))];
  if (ids.length < 2) return ids[0];
  throw new UserError(`Branches of ${repository} bear several repository numbers: ${ids.join(', ')}.`, {
    hint: 'A repository of that name was made anew, or branches were made both at a terminal and on GitHub. Say which by --repository-id.',
  });
}
