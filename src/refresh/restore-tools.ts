import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { type Binaries, findBinaries, SERVER_VERSIONS } from '../postgres/binaries.ts';
import { runProgram } from '../postgres/run-program.ts';
import { runnerDirectories } from '../postgres/runner-programs.ts';
import { findProgram } from '../program.ts';
import type { RestoreContext } from './restored.ts';

/** A client tool and its major version. */
export type Tool = { readonly program: string; readonly version: number };

async function toolIn(directory: string, name: string): Promise<Tool | undefined> {
  const program = join(directory, name);
  const there = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!there) return undefined;
  const { output } = await runProgram({ program, arguments: ['--version'] });
  const version = /\(PostgreSQL\) (\d+)/.exec(output)?.[1];
  return version === undefined ? undefined : { program, version: Number(version) };
}

/** A program that comes with the server's, in the very folder; undefined when it is not installed. */
export async function toolBeside(binaries: Binaries, name: string): Promise<string | undefined> {
  return (await toolIn(binaries.directory, name))?.program;
}

/** All pg_restore of this machine, newest first. Throws UserError when there is none. */
export async function findRestoreTools({
  binaries,
}: Pick<RestoreContext, 'binaries'>): Promise<readonly Tool[]> {
  const directories = binaries === undefined ? await runnerDirectories() : [binaries];
  const found = await Promise.all(directories.map((directory) => toolIn(directory, 'pg_restore')));
  const tools = found.filter((tool) => tool !== undefined);
  if (tools.length > 0) return tools.sort((a, b) => b.version - a.version);
  const onPath = findProgram('pg_restore');
  const other = onPath === undefined ? undefined : await toolIn(join(onPath, '..'), 'pg_restore');
  if (other !== undefined) return [other];
  throw new UserError('A dump cannot be restored without pg_restore, and none is installed here.', {
    hint: 'Debian and Ubuntu: apt-get install postgresql-client (apt.postgresql.org has every version).',
  });
}

/** The server programs of that version or, if `orNewer`, of the next one that is there. Throws UserError that names the version wanted. */
export async function findServer(
  { cacheDirectory, binaries, signal }: Pick<RestoreContext, 'cacheDirectory' | 'binaries' | 'signal'>,
  version: number,
  orNewer: boolean,
): Promise<Binaries> {
  const more = {
    ...(binaries === undefined ? {} : { directory: binaries }),
    ...(signal === undefined ? {} : { signal }),
  };
  let first: unknown;
  for (const candidate of SERVER_VERSIONS.filter((each) => (orNewer ? each >= version : each === version))) {
    try {
      return await findBinaries({ version: candidate, cacheDirectory, ...more });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      first ??= error;
    }
  }
  throw (
    first ??
    new UserError(`The backup is of Postgres ${version}, which this version of Pullgres does not know.`)
  );
}
