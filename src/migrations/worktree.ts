import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../errors.ts';
import { fullSha, runGit } from './git-command.ts';

/**
 * Checks a commit out into `directory`, which is this job's own, runs `work` on it and takes it away again; what a
 * killed job left there, and in the repository's list of worktrees, goes first. No hook runs, no submodule is fetched
 * and no filter is asked (large files stay the pointers that Git LFS keeps), so that nothing of this machine's
 * configuration runs code. Throws UserError when the commit cannot be checked out.
 */
export async function withWorktree<T>(
  { root, commit, directory }: { readonly root: string; readonly commit: string; readonly directory: string },
  work: () => Promise<T>,
): Promise<T> {
  await clear(root, directory);
  try {
    await checkOut(root, fullSha(commit), directory);
    return await work();
  } finally {
    await clear(root, directory);
  }
}

async function checkOut(root: string, commit: string, directory: string): Promise<void> {
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  const settings = [...PLAIN, ...(await withoutFilters(root))];
  const add = ['worktree', 'add', '--quiet', '--detach', '--force', directory, commit];
  const result = await runGit(root, add, { environment: asEnvironment(settings) });
  if (result.code === 0) return;
  throw new UserError(
    `Commit ${commit.slice(0, 12)} could not be checked out: ${result.stderr.trim().slice(0, 500)}`,
    { hint: 'Set fetch-depth: 0 on actions/checkout, so that the whole history is there.' },
  );
}

async function clear(root: string, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  await runGit(root, ['worktree', 'prune']);
}

type Setting = readonly [name: string, value: string];

const PLAIN: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.sparseCheckout', 'false'],
  ['submodule.recurse', 'false'],
];

/** Without its commands a filter passes files on as they are (gitattributes(5), "filter"). */
async function withoutFilters(root: string): Promise<readonly Setting[]> {
  const listed = await runGit(root, ['config', '--null', '--name-only', '--get-regexp', '^filter\\.']);
  const names = new Set(
    listed.stdout
      .toString('utf8')
      .split('\0')
      .flatMap((key) => /^(filter\..*)\.[^.]+$/s.exec(key)?.[1] ?? []),
  );
  return [...names].flatMap((name): Setting[] => [
    [`${name}.smudge`, ''],
    [`${name}.process`, ''],
    [`${name}.required`, 'false'],
  ]);
}

/** A filter may be called anything, so its name is no part of `-c name=value`. */
function asEnvironment(settings: readonly Setting[]): Record<string, string> {
  const pairs = settings.flatMap(([name, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, name],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { GIT_CONFIG_COUNT: `${settings.length}`, ...Object.fromEntries(pairs) };
}
