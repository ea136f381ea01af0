import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '../../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { serverEnvironment } from '../../../src/postgres/programs.ts';
import { startServer } from '../../../src/postgres/server.ts';
import { postmasterId } from '../../../src/postgres/server-process.ts';
import { dataFolder, logFile, readRecord } from '../../../src/postgres/server-record.ts';
import { serverAccount } from '../../../src/postgres/unprivileged.ts';
import { testBinaries } from '../../support/postgres.ts';

/** A server that a test may break in any way. */
export type FragileServer = {
  readonly admin: ConnectionFacts;
  /** The data directory. */
  readonly data: string;
  readonly log: () => Promise<string>;
  /** SIGKILL to the postmaster; its children end by themselves once they notice. */
  readonly killPostmaster: () => Promise<void>;
  /** Waits until the server takes connections; starts it on its old port where its postmaster is gone. */
  readonly revive: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const SETTINGS = {
  max_connections: '300',
  max_prepared_transactions: '20',
  wal_level: 'logical',
  // Every statement is logged, also of what is killed, so that the log can be searched for secrets.
  log_statement: 'all',
  // What was committed survives a crash, as on a team's server.
  synchronous_commit: 'on',
  // A copy of a small database touches as many pages as there are; less memory is less to make.
  shared_buffers: '16MB',
};

const MEMORY = '/dev/shm';
const ROOM = 4 * 1024 ** 3;

/** Memory where there is plenty of it: making and dropping a thousand databases is mostly work of the filesystem. */
async function quickFolder(): Promise<string> {
  const memory = await statfs(MEMORY).catch(() => undefined);
  return memory && memory.bavail * memory.bsize > ROOM ? MEMORY : tmpdir();
}

const REVIVAL_LIMIT_MS = 90_000;

/** A server of the test's own in a new folder, or in the one given, which must be empty. */
export async function startFragileServer(
  settings: Readonly<Record<string, string>> = {},
  directory?: string,
): Promise<FragileServer> {
  const folder = directory ?? (await mkdtemp(join(await quickFolder(), 'pullgres-test-fragile-')));
  const binaries = await testBinaries();
  const server = await startServer({ binaries, directory: folder, settings: { ...SETTINGS, ...settings } });
  const home = readRecord(server.directory)?.home ?? '';
  const data = dataFolder(home);
  const log = logFile(server.directory);
  const start = async (): Promise<void> => {
    const file = await open(log, 'a');
    const child = spawn(join(binaries.directory, 'postgres'), ['-D', data, '-p', String(server.facts.port)], {
      ...(await serverAccount()),
      cwd: home,
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
    });
    child.unref();
    await file.close();
  };
  return {
    admin: server.facts,
    data,
    log: () => readFile(log, 'utf8'),
    killPostmaster: async () => {
      const id = await postmasterId(data);
      if (id === undefined) return;
      process.kill(id, 'SIGKILL');
      await goneFrom(id);
    },
    revive: () => revive(server.facts, data, start),
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}

async function goneFrom(id: number): Promise<void> {
  for (let tries = 0; isAlive(id) && tries < 500; tries += 1) await sleep(10);
}

/** A postmaster does not start while a child of the one before still has the shared memory; it says so and ends. */
async function revive(admin: ConnectionFacts, data: string, start: () => Promise<void>): Promise<void> {
  const until = Date.now() + REVIVAL_LIMIT_MS;
  for (;;) {
    const id = await postmasterId(data);
    if (id === undefined || !isAlive(id)) await start();
    await sleep(100);
    if (await answers(admin)) return;
    if (Date.now() > until) throw new Error('The server did not come back.');
  }
}

async function answers(admin: ConnectionFacts): Promise<boolean> {
  try {
    await (await openConnection(admin, { applicationName: 'revival', connectTimeoutMs: 5_000 })).close();
    return true;
  } catch {
    return false;
  }
}
