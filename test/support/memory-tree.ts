import { UserError } from '../../src/errors.ts';
import { byBytes } from '../../src/migrations/file-tree.ts';
import type { FileTree } from '../../src/migrations/migration.ts';

/** A tree of files held in memory, by path. */
export function memoryTree(files: Readonly<Record<string, string | Buffer>>): FileTree {
  return {
    list: async (directory) =>
      Object.keys(files)
        .filter((path) => directory === '' || directory === '.' || path.startsWith(`${directory}/`))
        .sort(byBytes),
    read: async (path) => {
      const content = files[path];
      if (content === undefined) throw new UserError(`There is no file ${path}.`);
      return Buffer.from(content);
    },
  };
}
