import { constants } from 'node:fs';
import { lstat, mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import type { InitFile } from './init-files.ts';

/** new: nothing stands there. same: this very text does. other: something else does. */
export type Standing = 'new' | 'same' | 'other';

/**
 * What stands at the file's place. Nothing is written.
 * @throws UserError when a folder on the way, or the file itself, is a link or no folder: it may lead out of the repository.
 */
export async function standingAt(root: string, { path, text }: InitFile): Promise<Standing> {
  const parts = path.split('/');
  for (const at of parts.keys()) {
    const part = parts.slice(0, at + 1).join('/');
    const facts = await lstat(join(root, part)).catch(missing);
    if (facts === undefined) return 'new';
    const isLast = at === parts.length - 1;
    if (isLast ? !facts.isFile() : !facts.isDirectory()) throw inTheWay(part, facts.isSymbolicLink(), isLast);
  }
  const there = await readFile(join(root, path), 'utf8').catch((cause) => {
    throw notUsable(path, 'read', cause);
  });
  return there === text ? 'same' : 'other';
}

function missing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'ENOENT') throw cause;
}

function inTheWay(path: string, link: boolean, isLast: boolean): UserError {
  const meant = isLast ? 'file' : 'folder';
  return new UserError(
    `${path} is ${link ? 'a symbolic link, and links are not followed' : `no ${meant}`}.`,
    { hint: `Put a plain ${meant} there, or take it away; --dry-run prints what would be written.` },
  );
}

/** Writes the file; `replace` puts it over what stands there, and without it nothing is ever overwritten. */
export async function writeFileAt(
  root: string,
  { path, text }: InitFile,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW } = constants;
  const flags = O_WRONLY | O_CREAT | O_NOFOLLOW | (replace ? O_TRUNC : O_EXCL);
  try {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await using file = await open(join(root, path), flags);
    await file.writeFile(text);
  } catch (cause) {
    throw notUsable(path, 'written', cause as NodeJS.ErrnoException);
  }
}

function notUsable(path: string, verb: string, cause: NodeJS.ErrnoException): UserError {
  return new UserError(`${path} could not be ${verb}: ${cause.code ?? cause.message}.`, {
    hint: 'Look at its permissions; --dry-run prints what would be written.',
    cause,
  });
}
