import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Longest time for the extents of one database, in milliseconds. */
const LIMIT_MS = 20_000;
/** Files for one call: their paths stay far below what Linux takes for arguments (128 kB each, 2 MB together). */
const FILES_A_CALL = 500;

/**
 * Bytes on disk that the files of a database share with no other file, by the filesystem's extent maps: what the database
 * alone occupies, next to its logical size. Where files cannot share blocks, that is all of it. Pages that were changed
 * and not yet written count for what is on disk now.
 *
 * `directory` is the server's data directory on this machine, proved to be that server's by the caller. Reads the maps
 * with `filefrag -v` (e2fsprogs), which takes the flag `shared` of XFS and btrfs (linux/fiemap.h,
 * FIEMAP_EXTENT_SHARED). Undefined when the program, the right to read or an answer is missing, or after 20 s. Changes nothing.
 */
export async function divergedBytes(directory: string, oid: number): Promise<number | undefined> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    const files = await filesOf(directory, oid);
    if (files.length === 0) return undefined;
    let bytes = 0;
    for (let start = 0; start < files.length; start += FILES_A_CALL) {
      const own = unsharedBytes(await filefrag(files.slice(start, start + FILES_A_CALL), limit));
      if (own === undefined) return undefined;
      bytes += own;
    }
    return bytes;
  } catch {
    return undefined;
  }
}

/** Below `base`, and below every tablespace in the folder of the server's version (docs: 66.1, Database File Layout). */
async function filesOf(directory: string, oid: number): Promise<readonly string[]> {
  const folders = [join(directory, 'base', String(oid))];
  for (const space of await readdir(join(directory, 'pg_tblspc'))) {
    for (const version of await readdir(join(directory, 'pg_tblspc', space))) {
      if (/^PG_\d/.test(version)) folders.push(join(directory, 'pg_tblspc', space, version, String(oid)));
    }
  }
  const found = await Promise.all(folders.map((folder, index) => listed(folder, index === 0)));
  return found.flat();
}

async function listed(folder: string, isNeeded: boolean): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isNeeded) throw error;
    return [];
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
}

/** A file that went away meanwhile makes it end with 1 after all others were shown. */
function filefrag(files: readonly string[], signal: AbortSignal): Promise<string> {
  const child = spawn('filefrag', ['-v', ...files], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' },
    signal,
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    child.once('error', reject);
    child.once('close', () => resolve(text));
  });
}

const FILE = /^File size of .* is \d+ \(\d+ blocks? of (\d+) bytes\)$/;
/** number: logical range: physical range: length: [expected:] flags. What waits for its place on disk has a length of 0 and a logical range. */
const EXTENT = /^ *\d+: *(\d+)\.\. *(\d+): *\d+\.\. *\d+: *\d+:(?: *\d+:)? *([a-z_,]*) *$/;
const END = /: \d+ extents? found$/;

/**
 * What `filefrag -v` prints → bytes of extents without the flag `shared`; undefined when it names no file, or one whose
 * map the filesystem does not give (tmpfs), which lacks the closing line.
 */
export function unsharedBytes(printed: string): number | undefined {
  let blockSize = 0;
  let unfinished = 0;
  let bytes = 0;
  for (const line of printed.split('\n')) {
    const size = FILE.exec(line)?.[1];
    if (size !== undefined) {
      blockSize = Number(size);
      unfinished += 1;
    } else if (END.test(line)) unfinished -= 1;
    const [, first, last, flags = ''] = EXTENT.exec(line) ?? [];
    if (first === undefined || flags.split(',').includes('shared')) continue;
    bytes += (Number(last) - Number(first) + 1) * blockSize;
  }
  return blockSize === 0 || unfinished !== 0 ? undefined : bytes;
}
