import { cp, lstat, mkdir, readdir, readFile, readlink, realpath, rm, stat, symlink } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { ProviderError, UserError } from '../errors.ts';
import type { RestoredCluster } from '../postgres/restored-cluster.ts';
import { runProgram } from '../postgres/run-program.ts';
import { findProgram } from '../program.ts';
import type { RestoreContext } from './restored.ts';

const TAR = /^(base|pg_wal|\d+)\.tar(?:\.(gz|zst|lz4|bz2|xz))?$/;

/** Below which tablespaces are put: beside the data, since the places that the backup names are another machine's, or this one's production. */
export const tablespaceFolder = ({ home }: RestoredCluster): string => join(home, 'tablespaces');

export type Placed = { readonly layout: 'plain' | 'tar'; readonly bytes: number; readonly manifest: boolean };

/** Puts a base backup's files into the cluster's data directory. Throws UserError for a folder that holds none. */
export async function placeBackup(
  context: RestoreContext,
  path: string,
  cluster: RestoredCluster,
): Promise<Placed> {
  const names = await readdir(path).catch(() => undefined);
  if (names === undefined) {
    throw new UserError('There is no folder with a base backup at the given path.', {
      hint: 'Check the path, and who may read it.',
    });
  }
  const tars = names.filter((name) => TAR.test(name));
  const layout = names.includes('PG_VERSION')
    ? 'plain'
    : tars.some((name) => name.startsWith('base.'))
      ? 'tar'
      : undefined;
  if (layout === undefined) {
    throw new UserError('The folder is no base backup: it has neither PG_VERSION nor base.tar.', {
      hint: 'Name the folder that pg_basebackup wrote.',
    });
  }
  if (layout === 'plain') await copyPlain(context, await realpath(path), cluster);
  else await extractTars(context, path, tars, cluster);
  // Slots of the source would hold WAL, and a logical one keeps a server with our settings from starting.
  await emptyFolder(join(cluster.data, 'pg_replslot'));
  const bytes = await sizeOf(cluster.home);
  return { layout, bytes, manifest: await exists(join(cluster.data, 'backup_manifest')) };
}

async function copyPlain({ signal }: RestoreContext, path: string, cluster: RestoredCluster): Promise<void> {
  const links: string[] = [];
  await cp(path, cluster.data, {
    recursive: true,
    // Shares the blocks where the file system can (COPYFILE_FICLONE).
    mode: 2,
    filter: async (source) => {
      signal?.throwIfAborted();
      const found = await lstat(source);
      if (found.isSymbolicLink()) links.push(source);
      return found.isFile() || found.isDirectory();
    },
  });
  for (const link of links) await copyLink(relative(path, link), link, cluster);
}

/** A link leads to files elsewhere: a tablespace's or the WAL's. They are copied too, so that nothing there is written. */
async function copyLink(name: string, link: string, cluster: RestoredCluster): Promise<void> {
  const target = await realpath(link).catch(() => undefined);
  if (target === undefined) {
    throw new UserError(`${name} of the backup leads to ${await readlink(link)}, which is not there.`, {
      hint: 'Keep a base backup together with its tablespaces, or make it with --format=tar.',
    });
  }
  const tablespace = /^pg_tblspc\/(\d+)$/.exec(name)?.[1];
  if (tablespace === undefined) return cp(target, join(cluster.data, name), { recursive: true });
  const place = join(tablespaceFolder(cluster), tablespace);
  await cp(target, place, { recursive: true });
  await symlink(place, join(cluster.data, name));
}

async function extractTars(
  context: RestoreContext,
  path: string,
  tars: readonly string[],
  cluster: RestoredCluster,
): Promise<void> {
  for (const name of tars) {
    const what = TAR.exec(name)?.[1] ?? '';
    const places: Readonly<Record<string, string>> = {
      base: cluster.data,
      pg_wal: join(cluster.data, 'pg_wal'),
    };
    const place = places[what] ?? join(tablespaceFolder(cluster), what);
    await mkdir(place, { recursive: true, mode: 0o700 });
    await extract(context, join(path, name), place);
  }
  for (const tablespace of await namesIn(tablespaceFolder(cluster))) {
    const link = join(cluster.data, 'pg_tblspc', tablespace);
    await rm(link, { recursive: true, force: true });
    await symlink(join(tablespaceFolder(cluster), tablespace), link);
  }
  const manifest = join(path, 'backup_manifest');
  if (await exists(manifest)) await cp(manifest, join(cluster.data, 'backup_manifest'));
}

async function extract({ signal, workspace }: RestoreContext, file: string, place: string): Promise<void> {
  const program = findProgram('tar');
  if (program === undefined)
    throw new UserError('The backup is in tar files, and there is no tar program here.', {
      hint: 'Install tar on the runner (Debian: apt-get install tar).',
    });
  const { code, errors } = await runProgram({
    program,
    arguments: ['--extract', '--no-same-owner', '--file', file, '--directory', place],
    signal,
    onProcess: workspace.onProcess,
  });
  if (code === 0) return;
  const missing = /(zstd|lz4|gzip|bzip2|xz): Cannot exec/.exec(errors)?.[1];
  throw new ProviderError(
    `${basename(file)} cannot be unpacked: ${errors.trim().split('\n')[0]?.slice(0, 300)}`,
    {
      hint: missing === undefined ? 'The file is damaged or incomplete.' : `Install ${missing}.`,
    },
  );
}

/** Everything goes to the server's own user, links themselves and not what they lead to. */
export async function handOver(
  { signal, workspace }: RestoreContext,
  cluster: RestoredCluster,
): Promise<void> {
  const { account, home, data } = cluster;
  // The server would make its links by this again, to where the source had its tablespaces (docs: 25.3.4.2).
  await rm(join(data, 'tablespace_map'), { force: true });
  const runs: [program: string, ...options: string[]][] = [['chmod', '0700', data]];
  if (account !== undefined) runs.unshift(['chown', '-hR', `${account.uid}:${account.gid}`, home]);
  for (const [name, ...options] of runs) {
    const program = findProgram(name) ?? `/bin/${name}`;
    const { code } = await runProgram({
      program,
      arguments: options,
      signal,
      onProcess: workspace.onProcess,
    });
    if (code !== 0) throw new ProviderError(`The restored files cannot be given to the server's user.`);
  }
}

/** The major version that the files are of (docs: 73.1, PG_VERSION). */
export async function versionOf({ data }: RestoredCluster): Promise<number> {
  const text = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => '');
  const version = Number(text.trim());
  if (Number.isInteger(version) && version > 0) return version;
  throw new UserError('The backup does not tell its version: PG_VERSION is missing or not a number.', {
    hint: 'Name the folder that pg_basebackup wrote, the one that holds PG_VERSION or base.tar.',
  });
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Bytes of all files below, links not followed. */
export async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
