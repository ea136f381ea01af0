import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** npm run test:tools installs with this the real migration tools that test/tools proves the rehearsal with. */

/** Their versions from npm, as they were proved. */
const PACKAGES: Readonly<Record<string, string>> = {
  dbmate: '2.36.0',
  'drizzle-kit': '0.31.11',
  'drizzle-orm': '0.45.4',
  'graphile-migrate': '1.4.1',
  knex: '3.3.0',
  'node-pg-migrate': '9.0.0',
  pg: '8.23.1',
  sequelize: '6.37.8',
  'sequelize-cli': '6.6.5',
  typeorm: '1.1.1',
};

/** From Debian or Ubuntu, whose release fixes their versions. */
const DEBIAN_PACKAGES: readonly string[] = [
  'python3-alembic',
  'python3-django',
  'python3-psycopg2',
  'rake',
  'ruby-activerecord',
  'ruby-pg',
  'libdbd-pg-perl',
  'postgresql-client',
  'sqitch',
];

const directory = process.env.PULLGRES_REAL_TOOLS || join(tmpdir(), 'pullgres-real-tools');

function run(command: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed.`);
}

function installedVersion(name: string): string | undefined {
  try {
    const text = readFileSync(join(directory, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version?: string }).version;
  } catch {
    return undefined;
  }
}

function installPackages(): void {
  mkdirSync(directory, { recursive: true });
  const missing = Object.entries(PACKAGES).filter(([name, version]) => installedVersion(name) !== version);
  if (missing.length === 0) return;
  // All of them: npm removes what package.json does not name.
  const manifest = { name: 'real-tools', private: true, dependencies: PACKAGES };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  run('npm', 'install', '--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund');
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg', ['--status', name], { encoding: 'utf8' });
  return /^Status: .* installed$/m.test(stdout ?? '');
}

function installDebianPackages(): void {
  const missing = DEBIAN_PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0) {
    throw new Error(`These tools are missing, and only root can install them: sudo ${install.join(' ')}`);
  }
  run('apt-get', 'update');
  run('env', 'DEBIAN_FRONTEND=noninteractive', ...install);
}

installPackages();
installDebianPackages();
