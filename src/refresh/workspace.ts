import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../errors.ts';
import { stopServer } from '../postgres/server.ts';
import { fitsSocket, usualHome } from '../postgres/server-record.ts';
import { canReach, serverAccount } from '../postgres/unprivileged.ts';
import { findProgram } from '../program.ts';
import { JANITOR } from './janitor.ts';

/** A folder of one run. All clear data that the run brings to this machine stays in it, and goes with it. */
export type Workspace = {
  readonly directory: string;
  /** The cluster's folder, as startServer and stopServer take it. Not made yet. */
  readonly cluster: string;
  /** To be told of each program, so that a run which is killed takes its programs along. */
  readonly onProcess: (id: number, running: boolean) => void;
  /** Stops the cluster and removes everything. Repeating it is success. */
  readonly close: () => Promise<void>;
};

const PREFIX = 'pullgres-restore-';
const OWNER = 'owner.json';
const CLUSTER = 'cluster';

type Owner = {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
  readonly space: string;
};

/**
 * Makes a run's folder under `parent`, and removes those that dead runs left. Where the server's user cannot come to
 * `parent`, or its path is too long for a socket, the folder is made below the system's temporary folder instead: the
 * data of a cluster would be put there anyway, and away from the folder that is removed.
 */
export async function openWorkspace(parent: string): Promise<Workspace> {
  await mkdir(parent, { recursive: true });
  for (const place of new Set([parent, tmpdir()])) await removeLeftBehind(place);
  await withoutCoreDumps();
  const directory = (await makeFolder(parent)) ?? (await makeFolder(tmpdir()));
  if (directory === undefined) {
    throw new UserError('No folder for the restored data can be made that the server’s user can come to.', {
      hint: 'Set TMPDIR to a folder that all users may enter.',
    });
  }
  writeFileSync(join(directory, OWNER), JSON.stringify(ourselves()), { mode: 0o600 });
  const cluster = join(directory, CLUSTER);
  const janitor = startJanitor(directory, cluster);
  return {
    directory,
    cluster,
    onProcess: (id, running) => void janitor.stdin?.write(`${running ? '+' : '-'}${id}\n`),
    close: async () => {
      await stopServer(cluster);
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
      // It finds nothing left to do.
      janitor.stdin?.end();
    },
  };
}

async function makeFolder(parent: string): Promise<string | undefined> {
  const account = await serverAccount();
  const directory = await mkdtemp(join(parent, PREFIX));
  // The server's own user, where we are root, walks through to its data and reads nothing here.
  await chmod(directory, account === undefined ? 0o700 : 0o711);
  const probe = join(directory, 'probe');
  await mkdir(probe, { mode: 0o700 });
  if (account !== undefined) await chown(probe, account.uid, account.gid);
  const usable = fitsSocket(usualHome(join(directory, CLUSTER))) && (await canReach(account, probe));
  await rm(usable ? probe : directory, { recursive: true });
  return usable ? directory : undefined;
}

/** A process in a session of its own that sees our end by the end of its input, however we ended: then it cleans up. */
function startJanitor(directory: string, cluster: string): ChildProcess {
  const janitor = spawn(process.execPath, ['--eval', JANITOR, directory, cluster], {
    cwd: '/',
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without one, the next run removes what a killed one left.
  janitor.on('error', () => undefined);
  janitor.stdin?.on('error', () => undefined);
  janitor.unref();
  (janitor.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  return janitor;
}

/** Removes the folders of runs on this machine that are dead, and gives their paths. */
export async function removeLeftBehind(parent: string): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = join(parent, name);
    const owner = readOwner(directory);
    if (owner === undefined || !isDead(owner)) continue;
    await stopServer(join(directory, CLUSTER));
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    removed.push(directory);
  }
  return removed;
}

function readOwner(directory: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, OWNER), 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** Only a process of our own machine and process namespace can be looked for; of another container's nobody here can tell. */
function isDead(owner: Owner): boolean {
  const { host, space } = ourselves();
  return owner.host === host && owner.space === space && startOf(owner.pid) !== owner.started;
}

function ourselves(): Owner {
  return { pid: process.pid, started: startOf(process.pid), host: hostname(), space: space() };
}

function space(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Field 22 of /proc/pid/stat (proc(5)), so that a number which was given away again is not taken for its first owner; empty for no process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return runs(pid) ? 'runs' : '';
  }
}

/** Where there is no /proc. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A core dump of the server would hold rows, and may be written far from its folder. Children inherit the limit. */
async function withoutCoreDumps(): Promise<void> {
  const prlimit = findProgram('prlimit');
  if (prlimit === undefined) return;
  await promisify(execFile)(prlimit, ['--pid', String(process.pid), '--core=0:']).catch(() => undefined);
}
