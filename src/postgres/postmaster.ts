import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors.ts';
import { type Cluster, failedStart } from './cluster.ts';
import { serverEnvironment } from './programs.ts';
import { postmasterReady } from './server-process.ts';
import { dataFolder } from './server-record.ts';

const START_LIMIT_MS = 60_000;
const PORT_ATTEMPTS = 5;

/** Starts the postmaster of a cluster on a free port of 127.0.0.1, which it gives. Throws ProviderError with the log's last lines, the signal's reason when aborted. */
export async function startOnFreePort(
  cluster: Cluster,
  log: string,
  limitMs: number = START_LIMIT_MS,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const output = await startPostmaster(cluster, log, port, limitMs);
    if (output === undefined) return port;
    const taken = /could not (bind|create any TCP\/IP sockets)|Address already in use/.test(output);
    if (!taken || attempt === PORT_ATTEMPTS) throw failedStart('Postgres did not start', output, cluster);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Undefined when it takes connections, the log's text when it ended instead. Started directly and in a session of its
 * own (as pg_ctl does, which would put the paths through a shell): a Ctrl-C at the terminal does not reach it.
 */
async function startPostmaster(
  cluster: Cluster,
  log: string,
  port: number,
  limitMs: number,
): Promise<string | undefined> {
  const file = await open(log, 'w', 0o600);
  const program = join(cluster.binaries.directory, 'postgres');
  const postmaster = spawn(program, ['-D', dataFolder(cluster.home), '-p', String(port)], {
    ...cluster.account,
    cwd: cluster.home,
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
  });
  if (postmaster.pid !== undefined) cluster.onProcess(postmaster.pid);
  try {
    const ready = await takesConnections(postmaster, cluster, limitMs);
    return ready ? undefined : await readFile(log, 'utf8');
  } finally {
    await file.close();
    postmaster.unref();
  }
}

async function takesConnections(
  postmaster: ChildProcess,
  cluster: Cluster,
  limitMs: number,
): Promise<boolean> {
  let ended = false;
  for (const event of ['error', 'exit']) {
    postmaster.once(event, () => {
      ended = true;
    });
  }
  const until = Date.now() + limitMs;
  while (Date.now() < until) {
    cluster.signal?.throwIfAborted();
    if (ended) return false;
    if (await postmasterReady(dataFolder(cluster.home))) return true;
    await sleep(10);
  }
  throw new ProviderError(`Postgres took no connections within ${limitMs / 1000} s of its start.`, {
    hint: 'The machine may be overloaded; try again.',
    retryable: true,
  });
}
