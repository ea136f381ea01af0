import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { FileTree } from '../migrations/migration.ts';
import { tools } from '../migrations/registry.ts';
import { unreadMigration } from '../migrations/unread.ts';
import { parsePolicy } from '../policy/parse.ts';
import { POLICY_PATH } from '../policy/schema.ts';
import { ruleNames } from '../rules/names.ts';
import type { InitFacts } from './init-files.ts';

/** Where migrations usually stand, and the folders of a monorepo's packages. */
const USUAL = [
  'migrations',
  'migration',
  'db',
  'database',
  'sql',
  'src/migrations',
  'src/main',
  'alembic',
  'priv',
  'Migrations',
  'supabase/migrations',
  'prisma/migrations',
];
const PACKAGES = ['packages', 'apps', 'services'];

/** A sentence on a migration that stands in a usual place and is not read; undefined when there is none. */
export async function unreadHere(
  tree: FileTree,
  migrations: InitFacts['migrations'],
): Promise<string | undefined> {
  const own = migrations === undefined ? [] : [migrations.directory];
  const lists = await Promise.all([...own, ...USUAL, ...PACKAGES].map((folder) => tree.list(folder)));
  const tool = Object.values(tools).find(({ name }) => name === migrations?.tool);
  const refusal = await unreadMigration({
    paths: [...new Set(lists.flat())],
    directory: migrations?.directory,
    tool: tool?.name,
    migrations: migrations && tool ? await tool.list(tree, migrations.directory, 'lenient') : [],
    everywhere: true,
    textOf: (path) =>
      tree.read(path).then(
        (bytes) => bytes.toString('utf8'),
        () => undefined,
      ),
  });
  return refusal?.message;
}

/** What else stands in the way of what is written: each a sentence. */
export async function notesOn(root: string, tree: FileTree): Promise<readonly string[]> {
  const all = await Promise.all([linkedFolders(root), wrongPolicy(tree), otherWorkflows(tree)]);
  return all.flat();
}

async function linkedFolders(root: string): Promise<readonly string[]> {
  const folders = [...USUAL, 'db/migrations', 'db/migrate', 'database/migrations', 'sql/migrations'];
  const stats = await Promise.all(folders.map((path) => lstat(join(root, path)).catch(() => undefined)));
  return folders
    .filter((_, at) => stats[at]?.isSymbolicLink())
    .map(
      (path) => `${path} is a symbolic link, and links are not followed: name the folder by --migrations.`,
    );
}

/** A policy that stays as it is and does not hold would fail every pull request. */
async function wrongPolicy(tree: FileTree): Promise<readonly string[]> {
  const bytes = await tree.read(POLICY_PATH).catch(() => undefined);
  if (bytes === undefined) return [];
  try {
    parsePolicy(bytes.toString('utf8'), POLICY_PATH, ruleNames);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [`The policy that is there is not valid. ${error.message}`];
  }
}

export const WORKFLOW_PATH = '.github/workflows/pullgres.yml';

/** Two of them would run side by side and write the same comment. */
async function otherWorkflows(tree: FileTree): Promise<readonly string[]> {
  const paths = (await tree.list('.github/workflows')).filter(
    (path) => /\.ya?ml$/.test(path) && path !== WORKFLOW_PATH,
  );
  const texts = await Promise.all(paths.map((path) => tree.read(path).catch(() => undefined)));
  return paths
    .filter((_, at) => /^[^#\n]*\buses:\s*['"]?pullgres\/pullgres@/m.test(texts[at]?.toString('utf8') ?? ''))
    .map((path) => `${path} runs pullgres/pullgres already: keep one of the two, or both write one comment.`);
}
