import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where packagers put the server's programs: parent folder and the pattern of the folder with the version's number in it. */
const PLACES: readonly { parent: string; folder: RegExp; programs: string }[] = [
  { parent: '/usr/lib/postgresql', folder: /^(\d+)$/, programs: 'bin' },
  { parent: '/usr', folder: /^pgsql-(\d+)$/, programs: 'bin' },
  { parent: '/usr/libexec', folder: /^postgresql(\d+)$/, programs: '' },
  { parent: '/opt/homebrew/opt', folder: /^postgresql@(\d+)$/, programs: 'bin' },
  { parent: '/usr/local/opt', folder: /^postgresql@(\d+)$/, programs: 'bin' },
];

/** Folders that may hold server programs on this machine, highest version first, then what `pg_config` on the PATH says. */
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
  const sorted = found.flat().sort((a, b) => b.version - a.version);
  const configured = await configuredDirectory();
  return [...new Set([...sorted.map(({ directory }) => directory), ...configured])];
}

async function configuredDirectory(): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)('pg_config', ['--bindir'], { timeout: 10_000 });
    return stdout.trim() === '' ? [] : [stdout.trim()];
  } catch {
    return [];
  }
}
