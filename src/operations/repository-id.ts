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

/** The numbers that a repository's branches bear on the server. */
export type RepositoryNumbers = {
  /** New branches bear it. */
  readonly id: number;
  /** `id` is derived from the name, since nobody told GitHub's. */
  readonly derived: boolean;
  /** The number derived from the name, where `id` is another and there are branches of both. */
  readonly also: number | undefined;
};

/**
 * The number by which the server's branches know a repository: the one given; with GITHUB_TOKEN the one that GitHub
 * says; else the one that a branch of this name bears, or the roles of one that is being made; else one derived from the name, so that a terminal needs no network.
 * Branches that were made by name alone are told beside it.
 * @throws UserError when neither is given, GitHub refuses, or branches of this name bear several numbers of GitHub's.
 */
export async function repositoryNumbers(
  world: World,
  provider: Pick<PostgresProvider, 'holders'>,
  { repository, repositoryId }: RepositoryWish,
): Promise<RepositoryNumbers> {
  if (repositoryId !== undefined) return { id: repositoryId, derived: false, also: undefined };
  if (repository === undefined) {
    throw new UserError('No repository is named.', { hint: 'Give --repository owner/name.' });
  }
  const token = world.environment.GITHUB_TOKEN;
  const asked = token ? await askGitHub(world, repository, new Secret(token)) : undefined;
  const byName = derivedRepositoryId(repository);
  const known = await knownIds(provider, repository);
  const id =
    asked ??
    onlyOne(
      repository,
      known.filter((one) => one !== byName),
    ) ??
    byName;
  return { id, derived: id === byName, also: id !== byName && known.includes(byName) ? byName : undefined };
}

/** The first of `repositoryNumbers`. */
export async function repositoryIdOf(...given: Parameters<typeof repositoryNumbers>): Promise<number> {
  return (await repositoryNumbers(...given)).id;
}

/** Whether a branch of this number is the repository's. */
export function isUnder({ id, also }: RepositoryNumbers, repositoryId: number): boolean {
  return repositoryId === id || repositoryId === also;
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

async function knownIds(
  provider: Pick<PostgresProvider, 'holders'>,
  repository: string,
): Promise<readonly number[]> {
  const name = repository.toLowerCase();
  const own = (await provider.holders()).filter(({ repository: one }) => one?.toLowerCase() === name);
  return [...new Set(own.map(({ repositoryId }) => repositoryId))];
}

function onlyOne(repository: string, ids: readonly number[]): number | undefined {
  if (ids.length < 2) return ids[0];
  throw new UserError(`Branches of ${repository} bear several repository numbers: ${ids.join(', ')}.`, {
    hint: 'A repository of that name was made anew. Say which by --repository-id.',
  });
}
