import { UserError } from '../errors.ts';
import { safePath } from './file-tree.ts';
import type { FileTree } from './migration.ts';

/**
 * Whether a file of this name, in the directory or in one above it, mentions the tool: a `go.mod` that requires it, a
 * `package.json` that depends on it. That is how two tools whose files look alike are told apart.
 */
export async function mentioned(
  tree: FileTree,
  directory: string,
  file: string,
  pattern: RegExp,
): Promise<boolean> {
  for (const folder of upwards(directory)) {
    const text = await textOf(tree, folder === '' ? file : `${folder}/${file}`);
    if (text !== undefined && pattern.test(text)) return true;
  }
  return false;
}

function upwards(directory: string): readonly string[] {
  const parts = safePath(directory).split('/');
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('/')).concat('');
}

async function textOf(tree: FileTree, path: string): Promise<string | undefined> {
  try {
    return (await tree.read(path)).toString('utf8');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
