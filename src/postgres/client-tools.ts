import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../errors.ts';
import { findProgram } from '../program.ts';
import { serverEnvironment } from './programs.ts';
import { configuredDirectory, runnerDirectories } from './runner-programs.ts';

/** pg_dump and pg_restore of one version. */
export type ClientTools = {
  readonly pgDump: string;
  readonly pgRestore: string;
  /** Major version of both. */
  readonly version: number;
};

export type FindClientTools = {
  /** The server's major version: pg_dump refuses a server that is newer than itself. */
  readonly atLeast: number;
  /** The only folder that is looked into, when given. */
  readonly directory?: string | undefined;
  /** Folders to look into otherwise; the machine's own when left out. */
  readonly places?: readonly string[] | undefined;
};

/** Homebrew's package of the clients alone has no version in its name. */
const CLIENTS_ALONE = ['/opt/homebrew/opt/libpq/bin', '/usr/local/opt/libpq/bin'];

/**
 * Finds the newest pg_dump and pg_restore that can read a server of this version: in the given folder, else where
 * packagers put them, where pg_config says, and on the PATH outside the workspace.
 * @throws UserError with what to install when there are none, or all are too old.
 */
export async function findClientTools(request: FindClientTools): Promise<ClientTools> {
  const { atLeast, directory } = request;
  const places = directory === undefined ? (request.places ?? (await machinePlaces())) : [directory];
  const found = (await Promise.all([...new Set(places)].map(probe))).filter((tools) => tools !== undefined);
  const [newest] = found.sort((a, b) => b.version - a.version);
  if (newest !== undefined && newest.version >= atLeast) return newest;
  const where = directory === undefined ? 'this machine' : directory;
  const what =
    newest === undefined
      ? `There is no pg_dump with a pg_restore of the same version on ${where}`
      : `The newest pg_dump on ${where} is of Postgres ${newest.version}`;
  throw new UserError(`${what}; reading the source's schema needs one of Postgres ${atLeast} or newer.`, {
    hint: howToInstall(atLeast),
  });
}

function howToInstall(version: number): string {
  return (
    `Debian and Ubuntu: apt-get install postgresql-client-${version} (from apt.postgresql.org when the distribution is older). ` +
    `macOS: brew install libpq, or postgresql@${version}. Or name the folder of the programs.`
  );
}

async function machinePlaces(): Promise<readonly string[]> {
  const onPath = findProgram('pg_dump');
  const places = [
    ...(await runnerDirectories()),
    ...CLIENTS_ALONE,
    await configuredDirectory(),
    onPath === undefined ? undefined : dirname(onPath),
  ];
  return places.filter((place) => place !== undefined);
}

async function probe(directory: string): Promise<ClientTools | undefined> {
  const [pgDump, pgRestore] = [join(directory, 'pg_dump'), join(directory, 'pg_restore')];
  const [version, other] = [await versionOf(pgDump), await versionOf(pgRestore)];
  return version === undefined || version !== other ? undefined : { pgDump, pgRestore, version };
}

async function versionOf(program: string): Promise<number | undefined> {
  try {
    await access(program, constants.X_OK);
    const options = { timeout: 20_000, cwd: '/', env: serverEnvironment() };
    const { stdout } = await promisify(execFile)(program, ['--version'], options);
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined;
  }
}
