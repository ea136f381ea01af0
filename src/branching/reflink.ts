import { randomBytes } from 'node:crypto';
import { constants, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Copy } from './provider.ts';
import { MEGABYTE } from './space.ts';

export type Reflink = { readonly reflink: Copy['reflink']; readonly why: string };

/** What the kernel answers where a filesystem shares no blocks (ioctl_ficlone(2)); libuv makes one of it of several. */
const NO_SHARING = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOTTY', 'ENOSYS', 'EXDEV', 'EINVAL']);

/**
 * Whether files on the filesystem of `directory` share blocks, by cloning a file of random bytes there with a call that
 * refuses to copy instead (FICLONE on Linux, clonefile on macOS). Postgres' own call, copy_file_range, copies silently
 * where it cannot share, as on ext4. Everything is made in a temporary folder, beside `directory` when that is the same
 * filesystem, and removed. Never throws.
 */
export async function probeReflink(directory: string): Promise<Reflink> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(await placeFor(directory), 'pullgres-probe-'));
    const [from, to] = [join(folder, 'a'), join(folder, 'b')];
    await writeFile(from, randomBytes(MEGABYTE), { flag: 'wx', mode: 0o600 });
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return { reflink: 'proved', why: 'a file cloned on the server’s disk shares its blocks' };
  } catch (error) {
    return refusal(error);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function refusal(error: unknown): Reflink {
  const code = String((error as NodeJS.ErrnoException).code);
  if (NO_SHARING.has(code)) return { reflink: 'absent', why: 'files on the server’s disk share no blocks' };
  return { reflink: 'unknown', why: `no file could be cloned on the server’s disk to try it (${code})` };
}

/** Beside the data directory nobody but us minds a folder; where a volume begins with it there is no beside. */
async function placeFor(directory: string): Promise<string> {
  const parent = dirname(directory);
  const [inside, beside] = await Promise.all([stat(directory), stat(parent)]);
  return inside.dev === beside.dev ? parent : directory;
}
