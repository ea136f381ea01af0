import { UserError } from '../errors.ts';
import { workingTree } from '../migrations/file-tree.ts';
import { gitTree } from '../migrations/git.ts';
import { touchedPaths } from '../migrations/git-touched.ts';
import type { FileTree, Refusal } from '../migrations/migration.ts';
import { unreadMigration } from '../migrations/unread.ts';
import type { MigrationPlan, PlanOptions } from './plan.ts';

/**
 * The first migration of a change that its reader passes over, and why; undefined when there is none. Where the folder
 * was not named, it is looked for in the whole repository.
 */
export async function unreadChange(
  { root, baseCommit, directory }: Pick<PlanOptions, 'root' | 'baseCommit' | 'directory'>,
  plan: MigrationPlan | undefined,
): Promise<Refusal | undefined> {
  const head = workingTree(root);
  const place = plan?.directory ?? directory;
  const touched = await touchedPaths(root, baseCommit);
  const paths = touched ?? (place === undefined ? [] : await head.list(place));
  const trees = [head, ...(baseCommit ? [gitTree(root, baseCommit)] : [])];
  // What is read of the head was added, or is the base's; both are needed for what is deleted.
  const migrations = [...(plan?.base ?? []), ...(plan?.now ?? [])];
  return unreadMigration({
    paths,
    directory: place,
    tool: plan?.tool.name,
    migrations,
    everywhere: directory === undefined,
    textOf: (path) => firstText(trees, path),
  });
}

async function firstText(trees: readonly FileTree[], path: string): Promise<string | undefined> {
  for (const tree of trees) {
    try {
      return (await tree.read(path)).toString('utf8');
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return undefined;
}
