import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the real migration tools are, whose word the tests of test/tools take: PULLGRES_REAL_TOOLS, or a folder for temporary files. */
export const realToolsDirectory = process.env.PULLGRES_REAL_TOOLS || join(tmpdir(), 'pullgres-real-tools');

/** From npm, in these versions; their install scripts do not run. */
const PACKAGES = {
  dbmate: '2.36.0',
  'node-pg-migrate': '9.0.0',
  pg: '8.23.1',
  'drizzle-kit': '0.31.11',
  'drizzle-orm': '0.45.4',
  'graphile-migrate': '1.4.1',
  // npm's wrapper, which brings Liquibase 4.28.0 itself.
  liquibase: '4.28.1',
} as const;

/** Programs that are not on npm, with the packages of Debian that bring them. */
const PROGRAMS: readonly (readonly [program: string, packages: readonly string[]])[] = [
  ['sqitch', ['sqitch', 'libdbd-pg-perl']],
  ['psql', ['postgresql-client']],
  ['sql-migrate', ['sql-migrate']],
  ['java', ['default-jre-headless']],
];

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}.`);
}

function installedVersion(name: string): string | undefined {
  try {
    const path = join(realToolsDirectory, 'node_modules', name, 'package.json');
    return (JSON.parse(readFileSync(path, 'utf8')) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

function installPackages(): void {
  const wanted = Object.entries(PACKAGES);
  if (wanted.every(([name, version]) => installedVersion(name) === version)) return;
  mkdirSync(realToolsDirectory, { recursive: true });
  const manifest = { name: 'pullgres-real-tools', private: true };
  writeFileSync(join(realToolsDirectory, 'package.json'), JSON.stringify(manifest));
  const names = wanted.map(([name, version]) => `${name}@${version}`);
  run('npm', [
    'install',
    '--prefix',
    realToolsDirectory,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    ...names,
  ]);
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

function installPrograms(): void {
  const missing = PROGRAMS.filter(([program]) => !isThere(program));
  if (missing.length === 0) return;
  run('apt-get', ['update', '--quiet']);
  const packages = missing.flatMap(([, names]) => names);
  run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...packages]);
}

if (import.meta.main) {
  installPackages();
  installPrograms();
  console.log(`The real migration tools are in ${realToolsDirectory}.`);
}
