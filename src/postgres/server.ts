import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, realpath, rm, rmdir } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Binaries } from './binaries.ts';
import { createCluster, SUPERUSER } from './cluster.ts';
import type { ConnectionFacts } from './facts.ts';
import { startOnFreePort } from './postmaster.ts';
import { endProcess, postmasterId } from './server-process.ts';
import {
  dataFolder,
  fitsSocket,
  logFile,
  readRecord,
  recordFile,
  type ServerRecord,
  socketFolder,
  temporaryHome,
  usualHome,
  writeRecord,
} from './server-record.ts';
import { type Account, canReach, serverAccount } from './unprivileged.ts';

export type StartServer = {
  readonly binaries: Binaries;
  /** Holds everything of this server; made if missing, must be empty. */
  readonly directory: string;
  /** Server settings over our own, by name: written to postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Aborting ends what was started and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
};

export type Server = {
  /** The superuser on database `postgres`, over 127.0.0.1. */
  readonly facts: ConnectionFacts;
  /** What `stopServer` takes, in this process or a later one. */
  readonly directory: string;
  readonly stop: () => Promise<void>;
};

/**
 * Starts a throw-away server with a random port and password. It outlives this process, and is stopped by
 * `stopServer(directory)`. When it cannot start, or is aborted, nothing is left. Throws ProviderError with the last
 * lines of the server's log, UserError for a directory that is not empty or a setting that cannot be written.
 */
export async function startServer(request: StartServer): Promise<Server> {
  request.signal?.throwIfAborted();
  const directory = await ownDirectory(request.directory);
  const password = randomBytes(24).toString('base64url');
  try {
    const record = await startIn(directory, password, request);
    return {
      directory,
      stop: () => stopRecorded(directory, record),
      facts: {
        host: '127.0.0.1',
        port: record.port,
        database: 'postgres',
        user: SUPERUSER,
        password: new Secret(password),
        sslmode: 'disable',
      },
    };
  } catch (error) {
    await stopServer(directory);
    throw error;
  }
}

/**
 * Stops the server of `directory`, whatever state it is in, and removes what `startServer` put there.
 * Missing is success. Throws ProviderError when the server will not end.
 */
export async function stopServer(directory: string): Promise<void> {
  const folder = await realpath(directory).catch(() => undefined);
  if (folder === undefined) return;
  await stopRecorded(folder, readRecord(folder));
}

async function stopRecorded(folder: string, record: ServerRecord | undefined): Promise<void> {
  const home = record?.home ?? usualHome(folder);
  const data = dataFolder(home);
  const ids = new Set([...(record?.processes ?? []), await postmasterId(data)]);
  for (const id of ids) if (id !== undefined) await endProcess(id, data);
  for (const path of [home, logFile(folder), recordFile(folder)]) {
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
  // Only if empty: files of somebody else in it are not ours to remove.
  await rmdir(folder).catch(() => undefined);
}

async function ownDirectory(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await readdir(directory)).length > 0) {
    throw new UserError(`${directory} is not empty, so no server is started in it.`, {
      hint: 'Name a new folder, or stop the server that is in it.',
    });
  }
  return realpath(directory);
}

type Started = ServerRecord & { readonly port: number };

async function startIn(directory: string, password: string, request: StartServer): Promise<Started> {
  const account = await serverAccount();
  // The server's user must walk through, but not read: server.json is beside its home.
  await chmod(directory, account === undefined ? 0o700 : 0o711);
  const home = await chooseHome(directory, account);
  const processes: number[] = [];
  writeRecord(directory, { home, processes, password });
  const forget = endWithProcess(processes);
  try {
    await makeHome(home, account);
    const onProcess = (id: number): void => {
      processes.push(id);
      writeRecord(directory, { home, processes, password });
    };
    const { binaries, settings = {}, signal } = request;
    const cluster = { binaries, home, account, password, settings, signal, onProcess };
    await createCluster(cluster);
    const port = await startOnFreePort(cluster, logFile(directory));
    const record = { home, processes, password, port };
    writeRecord(directory, record);
    return record;
  } finally {
    forget();
  }
}

async function chooseHome(directory: string, account: Account | undefined): Promise<string> {
  const home = usualHome(directory);
  // Reading is closed to the account on purpose; what counts is whether it can walk in, so a folder of its own is tried.
  await makeHome(home, account);
  const usable = fitsSocket(home) && (await canReach(account, home));
  await rm(home, { recursive: true });
  return usable ? home : temporaryHome();
}

async function makeHome(home: string, account: Account | undefined): Promise<void> {
  for (const folder of [home, socketFolder(home)]) {
    await mkdir(folder, { mode: 0o700 });
    if (account !== undefined) await chown(folder, account.uid, account.gid);
  }
}

/** While starting, an exit of our process takes its programs along; a server that is up stays. */
function endWithProcess(processes: readonly number[]): () => void {
  const end = (): void => {
    const last = processes.at(-1);
    try {
      if (last !== undefined) process.kill(last, 'SIGQUIT');
    } catch {
      // It ended before us.
    }
  };
  process.once('exit', end);
  return () => void process.removeListener('exit', end);
}
