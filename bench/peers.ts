import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The peers, pinned; installed beside the project when a benchmark runs. */
export const PEERS = { 'squawk-cli': '2.66.0', '@flvmnt/pgfence': '0.1.5' } as const;

/** Installs what is missing, and gives the folder `node_modules` that holds them. */
export async function installPeers(): Promise<string> {
  const folder = join(tmpdir(), 'pullgres-bench-peers');
  const modules = join(folder, 'node_modules');
  const wanted = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`);
  if (!existsSync(join(modules, '.bin', 'squawk'))) {
    await mkdir(folder, { recursive: true });
    await run('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', ...wanted]);
  }
  return modules;
}
