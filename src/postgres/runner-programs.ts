import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, programEnvironment } from '../program.ts';

/** Where packagers put the server's programs: parent folder and the pattern of the folder with the version's number in it. */
const PLACES: readonly { parent: string; folder: RegExp; programs: string }[] = [
  { parent: '/usr/lib/postgresql', folder: /^(\d+)$/, programs: 'bin' },
  { parent: '/usr', folder: /^pgsql-(\d+)$/, programs: 'bin' },
  { parent: '/usr/libexec', folder: /^postgresql(\d+)$/, programs: '' },
  { parent: '/opt/homebrew/opt', folder: /^postgresql@(\d+)$/, programs: 'bin' },
  { parent: '/usr/local/opt', folder: /^postgresql@(\d+)$/, programs: 'bin' },
];

/** Folders that may hold server programs on this machine, highest version first. */
export async function runnerDirectories(): Promise<string[]> {
  const found = await Promise.all(
    PLACES.map(async ({ parent, folder, programs }) => {
      const names = await readdir(parent).catch(() => []);
      return names.flatMap((name) => {
        const version = folder.exec(name)?.[1];
        return version === undefined
          ? []
          : [{ version: Number(version), directory: join(parent, name, programs) }];
      });
    }),
  );
  return found
    .flat()
    .sort((a, b) => b.version - a.version)
    .map(({ directory }) => directory);
}

/** What `pg_config` on the PATH says; undefined when there is none outside the workspace or it fails. */
export async function configuredDirectory(): Promise<string | undefined> {
  const program = findProgram('pg_config');
  if (program === undefined) return undefined;
  try {
    const options = { timeout: 10_000, cwd: '/', env: programEnvironment() };
    const { stdout } = await promisify(execFile)(program, ['--bindir'], options);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}
