import { branchName } from '../branching/identity.ts';
import type { PostgresProvider } from '../branching/postgres.ts';
import type { Branch, BranchIdentity } from '../branching/provider.ts';
import type { RemovedJson } from '../report/branch-json-schema.ts';
import type { World } from '../runner/world.ts';
import type { RepositoryNumbers } from './repository-id.ts';

/** The branch under the repository's number, else under the one derived from its name; where there is none, what a new one would be. */
export async function findUnder(
  provider: PostgresProvider,
  { id, also }: RepositoryNumbers,
  subject: BranchIdentity['subject'],
): Promise<{ readonly identity: BranchIdentity; readonly found: Branch | undefined }> {
  const identity = { repositoryId: id, subject };
  const found = await provider.find(identity);
  if (found || also === undefined) return { identity, found };
  const other = { repositoryId: also, subject };
  const branch = await provider.find(other);
  return branch ? { identity: other, found: branch } : { identity, found };
}

/** Removes the branch under the repository's number; where nothing is there, the one under the derived number. Missing is success. */
export async function removeUnder(
  provider: PostgresProvider,
  { id, also }: RepositoryNumbers,
  subject: BranchIdentity['subject'],
): Promise<RemovedJson> {
  const first = await removeOne(provider, { repositoryId: id, subject });
  if (first.removed || also === undefined) return first;
  const second = await removeOne(provider, { repositoryId: also, subject });
  return second.removed ? second : first;
}

async function removeOne(provider: PostgresProvider, identity: BranchIdentity): Promise<RemovedJson> {
  const found = await provider.find(identity);
  const { removed } = await provider.remove(identity);
  return { branch: found?.name ?? branchName(identity), removed };
}

/** New branches get a number that GitHub does not know. */
export function warnDerived(world: World, repository: string | undefined): void {
  world.warning(
    `The number of ${repository} is derived from its name, so CI, which has GitHub’s, will not see this branch: give GITHUB_TOKEN or --repository-id.`,
  );
}

/** The branch in use bears the derived number, though GitHub's is known: `id`. */
export function warnOther(world: World, { name }: Branch, id: number): void {
  world.warning(
    `The branch ${name} was made without GITHUB_TOKEN, under a number that is derived from the repository’s name. It is used here, but CI, which knows the repository as ${id}, does not see it: remove it and create it again for that.`,
  );
}
