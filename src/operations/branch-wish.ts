import { KEBAB_NAME } from '../branching/identity.ts';
import type { BranchIdentity } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import { durationMs } from '../policy/duration.ts';
import type { RepositoryWish } from './repository-id.ts';

/** What a person says at a terminal, as it was written. */
export type WrittenWish = {
  readonly repository?: string | undefined;
  readonly 'repository-id'?: string | undefined;
  readonly 'pull-request'?: string | undefined;
  readonly name?: string | undefined;
  readonly ttl?: string | undefined;
};

/** GitHub: letters, digits, `-`, `_` and `.`; 39 characters of owner and 100 of name. */
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/[A-Za-z0-9._-]{1,100}$/;

function wholeNumber(option: string, text: string): number {
  const number = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new UserError(`--${option} does not take ${JSON.stringify(text.slice(0, 100))}.`, {
    hint: 'Write a whole number, 1 or more.',
  });
}

/** The repository that is meant. Throws UserError when it is malformed. */
export function repositoryWish(written: WrittenWish): RepositoryWish {
  const { repository, 'repository-id': id } = written;
  if (repository !== undefined && !REPOSITORY.test(repository)) {
    throw new UserError(`--repository does not take ${JSON.stringify(repository.slice(0, 200))}.`, {
      hint: 'Write owner/name, as in the address of the repository on GitHub.',
    });
  }
  return { repository, repositoryId: id === undefined ? undefined : wholeNumber('repository-id', id) };
}

/** Whose branch is meant. Throws UserError when it is missing, malformed, or two at once. */
export function branchWish({ 'pull-request': number, name }: WrittenWish): BranchIdentity['subject'] {
  if (number !== undefined && name !== undefined) {
    throw new UserError('A pull request and a name are given, and a branch has one of them.', {
      hint: 'Leave --pull-request or --name out.',
    });
  }
  if (number !== undefined) return { kind: 'pull-request', number: wholeNumber('pull-request', number) };
  if (name === undefined) {
    throw new UserError('No pull request is named.', {
      hint: 'Give its number by --pull-request, or the name of a branch of no pull request by --name.',
    });
  }
  if (KEBAB_NAME.test(name)) return { kind: 'named', name };
  throw new UserError(`--name does not take ${JSON.stringify(name.slice(0, 100))}.`, {
    hint: 'Write 1 to 30 lower-case letters and digits, with single hyphens between words: qa-orders.',
  });
}

/** `--ttl` in milliseconds. Throws UserError when it is no duration. */
export function ttlWish({ ttl }: WrittenWish): number | undefined {
  if (ttl === undefined) return undefined;
  try {
    return durationMs(ttl);
  } catch (cause) {
    throw new UserError(`--ttl does not take ${JSON.stringify(ttl.slice(0, 40))}.`, {
      hint: 'Write a number and a unit: 30m, 72h or 14d.',
      cause,
    });
  }
}
