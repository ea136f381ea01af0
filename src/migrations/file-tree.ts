import type { Stats } from 'node:fs';
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
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

async function statOf(path: string): Promise<Stats | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

async function leadsThroughLink(root: string, path: string): Promise<boolean> {
  return (await realpath(join(root, path))) !== join(await realpath(root), path);
}

async function filesBelow(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(join(root, directory), { withFileTypes: true }).catch((cause) => {
    throw unreadable(directory || '.', cause);
  });
  const nested = await Promise.all(
    entries.map((entry) => {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(root, path) : [path];
    }),
  );
  return nested.flat();
}

/** The files of a directory on this machine. `root` is the repository's top. */
export function workingTree(root: string): FileTree {
  return {
    list: async (directory) => {
      const path = safePath(directory);
      const stat = await statOf(join(root, path));
      if (!stat?.isDirectory() || (await leadsThroughLink(root, path))) return [];
      return (await filesBelow(root, path)).sort(byBytes);
    },
    read: async (name) => {
      const path = safePath(name);
      const stat = await statOf(join(root, path));
      if (stat?.isSymbolicLink()) throw linkError(path);
      if (!stat?.isFile()) throw new UserError(`There is no file ${path}.`);
      if (await leadsThroughLink(root, path)) throw linkError(path);
      checkSize(path, stat.size);
      return readFile(join(root, path)).catch((cause) => {
        throw unreadable(path, cause);
      });
    },
  };
}
