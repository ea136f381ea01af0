import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Binaries } from './binaries.ts';
import { type Cluster, clusterSettings, failedStart } from './cluster.ts';
import { startOnFreePort } from './postmaster.ts';
import { literal } from './quote.ts';
import { runProgram } from './run-program.ts';
import { scramVerifier } from './scram.ts';
import type { Server } from './server.ts';
import { stopServer } from './server.ts';
import { postmasterId } from './server-process.ts';
import {
  dataFolder,
  fitsSocket,
  logFile,
  readRecord,
  socketFolder,
  temporaryHome,
  usualHome,
  writeRecord,
} from './server-record.ts';
import { type Account, canReach, serverAccount } from './unprivileged.ts';

/** Files of somebody else's cluster that are going to be started here with our settings and our access rules only. */
export type RestoredCluster = {
  /** What `stopServer` takes. */
  readonly directory: string;
  readonly home: string;
  /** The data directory, empty until somebody fills it; everything in it must belong to `account`. */
  readonly data: string;
  readonly account: Account | undefined;
};

export type RestoredOptions = {
  readonly binaries: Binaries;
  /** Over the settings that keep the cluster quiet and to itself. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Nothing that the source's configuration asked for happens here: no archive, no preloaded library (cron and other
 * workers start by those), no login trigger, no replication, no page rewritten by autovacuum.
 */
const QUIET: Readonly<Record<string, string>> = {
  archive_mode: 'off',
  autovacuum: 'off',
  shared_preload_libraries: '',
  session_preload_libraries: '',
  local_preload_libraries: '',
  max_logical_replication_workers: '0',
  max_wal_senders: '0',
  max_replication_slots: '0',
  wal_level: 'minimal',
  ssl: 'off',
  // Transactions that were prepared at the source come back, and each needs a place; none is the default.
  max_prepared_transactions: '1000',
  // Its lines are read by us (src/refresh/recovery-log.ts).
  lc_messages: 'C',
  log_timezone: 'UTC',
  jit: 'off',
};

/** Login event triggers came with 17, and the setting that stops all of them too (docs: 19.11.1). */
const EVENT_TRIGGERS_SINCE = 17;

/** Instead of everything that the backup says about itself (docs: 19.1.2, 20.1): only a role of ours may come in. */
const NOBODY = 'local all all reject\n';
const only = (role: string): string => `host all ${role} 127.0.0.1/32 scram-sha-256\n`;

/** Makes the folders of a cluster in `directory`, which is made if missing and must be an empty one of ours. */
export async function makeRestoredCluster(directory: string): Promise<RestoredCluster> {
  const account = await serverAccount();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // The server's user must walk through, but not read.
  await chmod(directory, account === undefined ? 0o700 : 0o711);
  let home = usualHome(directory);
  await makeFolders(home, account);
  if (!fitsSocket(home) || !(await canReach(account, home))) {
    await rm(home, { recursive: true });
    home = temporaryHome();
    await makeFolders(home, account);
  }
  writeRecord(directory, { home, processes: [], password: '' });
  return { directory, home, data: dataFolder(home), account };
}

async function makeFolders(home: string, account: Account | undefined): Promise<void> {
  for (const folder of [home, socketFolder(home), dataFolder(home)]) {
    await mkdir(folder, { mode: 0o700 });
    if (account !== undefined) await chown(folder, account.uid, account.gid);
  }
}

/** The configuration's files that a data directory brings along, and the signals of a standby. */
const BROUGHT = [
  'postgresql.conf',
  'postgresql.auto.conf',
  'pg_hba.conf',
  'pg_ident.conf',
  'standby.signal',
  'recovery.signal',
  'recovery.conf',
  'postmaster.pid',
  'postmaster.opts',
];

async function configure(
  { home, data, account }: RestoredCluster,
  { binaries, settings }: RestoredOptions,
  access: string,
  signals: readonly string[],
): Promise<void> {
  const version: Record<string, string> =
    binaries.version >= EVENT_TRIGGERS_SINCE ? { event_triggers: 'off' } : {};
  const files: Record<string, string> = {
    'postgresql.conf': clusterSettings({ home, settings: { ...QUIET, ...version, ...settings } }),
    'pg_hba.conf': access,
    'pg_ident.conf': '',
    'postgresql.auto.conf': '',
    ...Object.fromEntries(signals.map((name) => [name, ''])),
  };
  for (const name of BROUGHT) await rm(join(data, name), { force: true, recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(data, name);
    await writeFile(path, text, { mode: 0o600 });
    if (account !== undefined) await chown(path, account.uid, account.gid);
  }
}

/**
 * Replays WAL as `settings` ask (recovery_target …, restore_command), promotes, and stops the cluster cleanly. Nobody
 * can connect meanwhile. Gives the server's log, which can hold names of the source's objects. Throws ProviderError
 * with the log's last lines when recovery does not reach its end.
 */
export async function recoverCluster(
  restored: RestoredCluster,
  options: RestoredOptions & { readonly limitMs: number },
): Promise<string> {
  await configure(restored, options, NOBODY, ['recovery.signal']);
  const cluster = clusterOf(restored, options);
  await startOnFreePort(cluster, logFile(restored.directory), options.limitMs);
  await stopCleanly(restored, cluster);
  await rm(join(restored.data, 'recovery.signal'), { force: true });
  return readFile(logFile(restored.directory), 'utf8');
}

const STOP_LIMIT_MS = 600_000;

/** As `pg_ctl stop -m fast` does (docs: 18.5): its checkpoint is what pg_checksums needs. */
async function stopCleanly(restored: RestoredCluster, cluster: Cluster): Promise<void> {
  const id = await postmasterId(restored.data);
  if (id !== undefined) process.kill(id, 'SIGINT');
  const until = Date.now() + STOP_LIMIT_MS;
  while ((await postmasterId(restored.data)) !== undefined) {
    cluster.signal?.throwIfAborted();
    if (Date.now() > until) throw new ProviderError('The restored cluster does not stop after its recovery.');
    await sleep(20);
  }
}

/**
 * Starts the recovered cluster for one superuser of ours, and no other. The role is made in single-user mode, which
 * asks for no password and heeds no setting of a database or role; those settings go, since one that names a missing
 * library keeps everybody out. Throws ProviderError with the last lines of what the server said.
 */
export async function openRestoredCluster(
  restored: RestoredCluster,
  options: RestoredOptions,
): Promise<Server> {
  const password = new Secret(randomBytes(24).toString('base64url'));
  const role = `pullgres_${randomBytes(8).toString('hex')}`;
  const cluster = clusterOf(restored, options);
  await configure(restored, options, only(role), []);
  await alone(cluster, [
    `CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD ${literal(scramVerifier(password))}`,
    'DELETE FROM pg_catalog.pg_db_role_setting',
  ]);
  const port = await startOnFreePort(cluster, logFile(restored.directory));
  return {
    directory: restored.directory,
    stop: () => stopServer(restored.directory),
    facts: { host: '127.0.0.1', port, database: 'postgres', user: role, password, sslmode: 'disable' },
  };
}

/** One statement a line, to the superuser that no file of access rules keeps out (docs: postgres, single-user mode). */
async function alone(cluster: Cluster, statements: readonly string[]): Promise<void> {
  const { binaries, home, account, signal, onProcess } = cluster;
  const { code, errors } = await runProgram({
    program: join(binaries.directory, 'postgres'),
    arguments: ['--single', '-D', dataFolder(home), 'template1'],
    account,
    directory: home,
    input: `${statements.join('\n')}\n`,
    signal,
    onProcess: (id, running) => {
      if (running) onProcess(id);
    },
  });
  // It goes on after an error, and ends well.
  if (code === 0 && !/\b(ERROR|FATAL|PANIC):/.test(errors)) return;
  throw failedStart('The restored cluster did not let its owner in', errors, cluster);
}

function clusterOf(restored: RestoredCluster, { binaries, settings = {}, signal }: RestoredOptions): Cluster {
  const { directory, home, account } = restored;
  const onProcess = (id: number): void => {
    const processes = [...(readRecord(directory)?.processes ?? []), id];
    writeRecord(directory, { home, processes, password: '' });
  };
  // No password is known to it: what it says is shown as it is.
  return { binaries, home, account, password: randomBytes(16).toString('hex'), settings, signal, onProcess };
}
