import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the real migration tools are, whose word the tests of test/tools take: PULLGRES_REAL_TOOLS, or a folder for temporary files. */
export const realToolsDirectory = process.env.PULLGRES_REAL_TOOLS || join(tmpdir(), 'pullgres-real-tools');

/** From npm, in these versions; their install scripts do not run. */
const PACKAGES = {
  dbmate: '2.36.0',
  'drizzle-kit': '0.31.11',
  'drizzle-orm': '0.45.4',
  'graphile-migrate': '1.4.1',
  knex: '3.3.0',
  // npm's wrapper, which brings Liquibase 4.28.0 itself.
  liquibase: '4.28.1',
  'node-pg-migrate': '9.0.0',
  pg: '8.23.1',
  sequelize: '6.37.8',
  'sequelize-cli': '6.6.5',
  typeorm: '1.1.1',
} as const;

/** From Debian or Ubuntu, whose release fixes their versions. */
const DEBIAN_PACKAGES = [
  'btrfs-progs',
  // Debian's; Ubuntu's package of this name is a snap.
  'chromium',
  'default-jre-headless',
  'libdbd-pg-perl',
  'pgbackrest',
  'pgbouncer',
  'poppler-utils',
  'postgresql-contrib',
  'postgresql-client',
  'python3-alembic',
  'python3-django',
  'python3-psycopg2',
  'rake',
  'ruby-activerecord',
  'ruby-pg',
  'sql-migrate',
  'sqitch',
  'xfsprogs',
] as const;

function run(command: string, ...args: readonly string[]): void {
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
  if (Object.entries(PACKAGES).every(([name, version]) => installedVersion(name) === version)) return;
  mkdirSync(realToolsDirectory, { recursive: true });
  // All of them: npm removes what package.json does not name.
  const manifest = { name: 'pullgres-real-tools', private: true, dependencies: PACKAGES };
  writeFileSync(join(realToolsDirectory, 'package.json'), JSON.stringify(manifest));
  run('npm', 'install', '--prefix', realToolsDirectory, '--ignore-scripts', '--no-audit', '--no-fund');
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg', ['--status', name], { encoding: 'utf8' });
  return /^Status: .* installed$/m.test(stdout ?? '');
}

function installDebianPackages(): void {
  const missing = DEBIAN_PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...missing];
  if (process.getuid?.() !== 0)
    throw new Error(`These tools are missing, and only root can install them: sudo ${install.join(' ')}`);
  run('apt-get', 'update', '--quiet');
  run('env', 'DEBIAN_FRONTEND=noninteractive', ...install);
}

if (import.meta.main) {
  installPackages();
  installDebianPackages();
  console.log(`The real migration tools are in ${realToolsDirectory}.`);
}
