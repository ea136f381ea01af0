import { type Dirent, lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { FileTree } from './migration.ts';

/** The largest migration file that is read: 64 MiB. */
export const LARGEST_FILE_BYTES = 64 * 1024 * 1024;

/** Sorts paths by their UTF-8 bytes, the order in which git and the C locale list them. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Returns the path without a trailing slash. Throws UserError for one that is absolute, leaves the tree, or holds a NUL byte. */
export function safePath(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  const escapes = trimmed.startsWith('/') || trimmed.split('/').some((part) => part === '..');
  if (escapes || trimmed.includes('\0')) {
    throw new UserError(`The path ${JSON.stringify(path)} leaves the repository.`, {
      hint: 'Name a path inside the repository, with forward slashes and without "..".',
    });
  }
  return trimmed === '.' ? '' : trimmed.replace(/^\.\//, '');
}

/** The path as it stands below the directory; `.` and the empty text are the top. */
export function relativeTo(directory: string, path: string): string {
  const top = safePath(directory);
  return top === '' ? path : path.slice(top.length + 1);
}

/** Throws UserError for a file larger than 64 MiB; `size` in bytes. */
export function checkSize(path: string, size: number): void {
  if (size <= LARGEST_FILE_BYTES) return;
  throw new UserError(`${path} has ${size} bytes; at most 64 MiB are read.`, {
    hint: 'A migration of this size carries data: load the data by another way.',
  });
}

/** The error for a migration file that is a symbolic link. */
export function linkError(path: string): UserError {
  return new UserError(`${path} is a symbolic link, and links are not followed.`, {
    hint: 'Commit the file itself in place of the link.',
  });
}

function unreadable(path: string, cause: NodeJS.ErrnoException): UserError {
  return new UserError(`${path} could not be read: ${cause.code ?? cause.message}.`, {
    hint: 'Look at its permissions.',
    cause,
  });
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function filesBelow(root: string, directory: string): string[] {
  return entriesOf(root, directory).flatMap((entry) => {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(root, path) : [path];
  });
}

function entriesOf(root: string, directory: string): Dirent[] {
  try {
    return readdirSync(join(root, directory), { withFileTypes: true });
  } catch (cause) {
    throw unreadable(directory || '.', cause as NodeJS.ErrnoException);
  }
}

function contentOf(root: string, path: string): Buffer {
  try {
    return readFileSync(join(root, path));
  } catch (cause) {
    throw unreadable(path, cause as NodeJS.ErrnoException);
  }
}

/** Whether a path leads through a symbolic link; each folder is looked at once. */
function linkFinder(root: string): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return function isLinked(path): boolean {
    const before = known.get(path);
    if (before !== undefined) return before;
    const isRoot = path === '' || path === '.';
    const linked = !isRoot && (isLinked(dirname(path)) || lstatSync(join(root, path)).isSymbolicLink());
    known.set(path, linked);
    return linked;
  };
}

/**
 * The files of a directory on this machine. `root` is the repository's top. Each is read at once: through the thread
 * pool, the steps that a small file takes cost more than its lint.
 */
export function workingTree(root: string): FileTree {
  const isLinked = linkFinder(root);
  return {
    list: async (directory) => {
      const path = safePath(directory);
      if (!statOf(join(root, path))?.isDirectory() || isLinked(path)) return [];
      return filesBelow(root, path).sort(byBytes);
    },
    read: async (name) => {
      const path = safePath(name);
      const stat = statOf(join(root, path));
      if (stat?.isSymbolicLink()) throw linkError(path);
      if (!stat?.isFile())
        throw new UserError(`There is no file ${path}.`, {
          hint: 'Check the path and its case; links are not followed.',
        });
      if (isLinked(dirname(path))) throw linkError(path);
      checkSize(path, stat.size);
      return contentOf(root, path);
    },
  };
}

/** The tree, each of its folders listed once: every tool asks for the same. */
export function listedOnce(tree: FileTree): FileTree {
  const lists = new Map<string, Promise<readonly string[]>>();
  return {
    ...tree,
    list: (directory) => {
      const list = lists.get(directory) ?? tree.list(directory);
      lists.set(directory, list);
      return list;
    },
  };
}
