import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';

export type DumpFile = { readonly path: string; readonly name: string; readonly bytes: number };

/** The one file of a dump, or those of its directory in the order of their names. Throws UserError when there is none. */
export async function filesOf(path: string): Promise<readonly DumpFile[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new UserError('There is no dump at the given path.', {
      hint: 'Check the path, and who may read it.',
    });
  }
  if (!found.isDirectory()) return [{ path, name: '', bytes: found.size }];
  const all = (await readdir(path)).sort();
  return Promise.all(
    all.map(async (name) => ({ path: join(path, name), name, bytes: (await stat(join(path, name))).size })),
  );
}

/** Of a directory: of its files' names and contents in the order of the names. */
export async function checksumOf(
  files: readonly DumpFile[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, name } of files) {
    hash.update(name);
    for await (const chunk of createReadStream(path)) {
      signal?.throwIfAborted();
      hash.update(chunk as Buffer);
    }
  }
  return hash.digest('hex');
}
