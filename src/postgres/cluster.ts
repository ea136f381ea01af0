import { spawn } from 'node:child_process';
import { appendFile, chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError, UserError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './programs.ts';
import { dataFolder, socketFolder } from './server-record.ts';
import type { Account } from './unprivileged.ts';

export const SUPERUSER = 'postgres';

/** For a server that nobody needs after a power cut. A failing statement is not logged: it may hold a password. */
const THROW_AWAY_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_permissions: '0700',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  log_min_error_statement: 'panic',
  timezone: 'UTC',
};

export type Cluster = {
  readonly binaries: Binaries;
  readonly home: string;
  readonly account: Account | undefined;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  /** Called with the id of each program as soon as it runs. */
  readonly onProcess: (id: number) => void;
};

/** Makes an empty cluster in `home`: UTF-8, C.UTF-8 (or C where the system lacks that), scram-sha-256, superuser `postgres`. Throws ProviderError with initdb's last lines. */
export async function createCluster(cluster: Cluster): Promise<void> {
  const passwordFile = join(cluster.home, 'password');
  await writeFile(passwordFile, `${cluster.password}\n`, { mode: 0o600 });
  if (cluster.account !== undefined) await chown(passwordFile, cluster.account.uid, cluster.account.gid);
  let output = '';
  for (const locale of ['C.UTF-8', 'C']) {
    const result = await initdb(cluster, passwordFile, locale);
    output = result.output;
    if (result.code === 0) break;
    await rm(dataFolder(cluster.home), { recursive: true, force: true });
    if (locale === 'C' || !/locale/i.test(output)) throw failedStart('initdb failed', output, cluster);
  }
  await rm(passwordFile);
  await appendFile(join(dataFolder(cluster.home), 'postgresql.conf'), clusterSettings(cluster));
}

async function initdb(
  cluster: Cluster,
  passwordFile: string,
  locale: string,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    join(cluster.binaries.directory, 'initdb'),
    initdbArguments(cluster, passwordFile, locale),
    {
      ...cluster.account,
      cwd: cluster.home,
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cluster.signal === undefined ? {} : { signal: cluster.signal }),
    },
  );
  if (child.pid !== undefined) cluster.onProcess(child.pid);
  let output = '';
  const hear = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        cluster.signal?.aborted
          ? cluster.signal.reason
          : failedStart('initdb failed', error.message, cluster),
      ),
    );
    child.once('close', (code) => resolve({ code, output }));
  });
}

function initdbArguments(cluster: Cluster, passwordFile: string, locale: string): string[] {
  return [
    '-D',
    dataFolder(cluster.home),
    '--no-sync',
    '--encoding=UTF8',
    `--locale=${locale}`,
    `--username=${SUPERUSER}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    // Checksums are the default since 18, which alone knows the option to leave them out.
    ...(cluster.binaries.version >= 18 ? ['--no-data-checksums'] : []),
  ];
}

/** The text of postgresql.conf for a throw-away server. Throws UserError for a setting that cannot be written. */
export function clusterSettings(cluster: Pick<Cluster, 'home' | 'settings'>): string {
  const settings = {
    ...THROW_AWAY_SETTINGS,
    unix_socket_directories: socketFolder(cluster.home),
    ...cluster.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => {
      if (!/^[a-z_][a-z0-9_.]*$/i.test(name) || /[\0\r\n]/.test(value)) {
        throw new UserError(`${JSON.stringify(name)} is not a server setting that can be written down.`);
      }
      return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'\n`;
    })
    .join('');
}

/** The last lines of what a program said, without the password and without characters that a terminal would obey. */
export function failedStart(what: string, output: string, cluster: Cluster): ProviderError {
  const lines = output
    .replaceAll(cluster.password, '***')
    .replaceAll(/[^\P{C}\n\t]/gu, '')
    .split('\n')
    .map((line) => line.trim().slice(0, 500))
    .filter((line) => line !== '')
    .slice(-8);
  const told = lines.length === 0 ? 'it said nothing' : lines.join('\n  ');
  return new ProviderError(`${what} (${cluster.binaries.directory}):\n  ${told}`, {
    hint: 'Check the disk’s free space and memory; if the programs are broken, install another Postgres on the runner.',
  });
}
