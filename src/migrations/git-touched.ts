import { UserError } from '../errors.ts';
import { byBytes } from './file-tree.ts';
import { fullSha, runGit } from './git-command.ts';

/**
 * Paths that the working tree adds, edits or deletes against a commit, those too that git does not keep yet, but none
 * that it ignores; without a commit, all its files. Undefined outside of a repository.
 * @throws UserError when the commit is there no more.
 */
export async function touchedPaths(
  root: string,
  commit: string | undefined,
): Promise<readonly string[] | undefined> {
  const others = await paths(root, ['ls-files', '-z', '--others', '--exclude-standard']);
  if (others === undefined) return undefined;
  const kept = await paths(root, commit === undefined ? ['ls-files', '-z'] : difference(commit));
  if (kept === undefined) {
    throw new UserError('git could not compare the working tree with the base commit.', {
      hint: 'Set fetch-depth: 0 on actions/checkout, so that the whole history is there.',
    });
  }
  return [...new Set([...kept, ...others])].sort(byBytes);
}

/** Relative to the root, which need not be the repository's top; nothing that a configuration names is run. */
function difference(commit: string): readonly string[] {
  const plain = ['--no-renames', '--no-ext-diff', '--no-textconv', '--ignore-submodules=all'];
  return ['diff', '--name-only', '-z', '--relative', ...plain, fullSha(commit), '--'];
}

async function paths(root: string, args: readonly string[]): Promise<readonly string[] | undefined> {
  const result = await runGit(root, ['-c', 'core.fsmonitor=false', ...args]);
  if (result.code !== 0) return undefined;
  return result.stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}
