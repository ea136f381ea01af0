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
  knex: '3.3.0',
  sequelize: '6.37.8',
  'sequelize-cli': '6.6.5',
  typeorm: '1.1.1',
} as const;

type DebianTool = {
  /** A command that ends well when all of it is there. */
  readonly probe: readonly [program: string, ...args: readonly string[]];
  readonly packages: readonly string[];
};

/** What is not on npm, with the packages of Debian that bring it; its release fixes the versions. */
const DEBIAN_TOOLS: readonly DebianTool[] = [
  { probe: ['sqitch', '--version'], packages: ['sqitch', 'libdbd-pg-perl'] },
  { probe: ['psql', '--version'], packages: ['postgresql-client'] },
  { probe: ['sql-migrate', '--version'], packages: ['sql-migrate'] },
  { probe: ['java', '-version'], packages: ['default-jre-headless'] },
  {
    probe: ['/usr/bin/python3', '-c', 'import django, alembic, psycopg2'],
    packages: ['python3-django', 'python3-alembic', 'python3-psycopg2'],
  },
  {
    probe: ['/usr/bin/ruby', '-e', 'require "rake"; require "pg"; require "active_record"'],
    packages: ['ruby', 'rake', 'ruby-pg', 'ruby-activerecord'],
  },
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

function isThere({ probe: [program, ...args] }: DebianTool): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

function installDebianTools(): void {
  const packages = DEBIAN_TOOLS.filter((tool) => !isThere(tool)).flatMap((tool) => tool.packages);
  if (packages.length === 0) return;
  const install = ['install', '--yes', '--quiet', '--no-install-recommends', ...packages];
  if (process.getuid?.() !== 0) {
    throw new Error(`Some tools are missing, and only root can install them: apt-get ${install.join(' ')}`);
  }
  run('apt-get', ['update', '--quiet']);
  run('apt-get', install);
}

if (import.meta.main) {
  installPackages();
  installDebianTools();
  console.log(`The real migration tools are in ${realToolsDirectory}.`);
}
