import { open, readdir, readFile, realpath, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import { probeReflink, type Reflink } from './reflink.ts';
import type { Space, Volume } from './space.ts';

/** The server's disk, when this process stands on the same machine and may look; else why not: a clause. */
export type Disk = { readonly directory: string } | { readonly unseen: string };

/**
 * The server's data directory as this process sees it. A path alone proves nothing, since another cluster may stand at the
 * same path of another machine: pg_control must bear the server's system identifier, and postmaster.pid its port and
 * its start, for a standby bears its primary's identifier. Reads only.
 */
export async function seeDisk(admin: Admin): Promise<Disk> {
  const server = await readServer(admin);
  if ('unseen' in server) return server;
  try {
    const directory = await realpath(server.directory);
    const [identifier, pid] = await Promise.all([systemIdentifier(directory), postmaster(directory)]);
    if (identifier === server.identifier && isSame(pid, server)) return { directory };
    return { unseen: 'the data directory of that path on this machine is another server’s' };
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return { unseen: 'the server’s disk is not on this machine' };
    return { unseen: `this process may not read the server’s data directory (${code})` };
  }
}

type Known = {
  readonly directory: string;
  readonly identifier: string;
  readonly port: number;
  /** Seconds since 1970. */
  readonly started: number;
};

async function readServer(admin: Admin): Promise<Known | { readonly unseen: string }> {
  try {
    const { rows } = await admin.query(`
      SELECT current_setting('data_directory') AS directory, system_identifier::text AS identifier,
             current_setting('port')::int AS port, extract(epoch FROM pg_postmaster_start_time())::float8 AS started
      FROM pg_control_system()`);
    const row = rows[0] ?? {};
    return {
      directory: String(row.directory),
      identifier: String(row.identifier),
      port: Number(row.port),
      started: Number(row.started),
    };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return {
      unseen:
        'the administrator may not read where the server’s data stands (GRANT pg_read_all_settings lets it)',
    };
  }
}

/** pg_control begins with it, eight bytes in the machine's own order (src/include/catalog/pg_control.h). */
async function systemIdentifier(directory: string): Promise<string> {
  const file = await open(join(directory, 'global', 'pg_control'), 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return new BigUint64Array(buffer.buffer, buffer.byteOffset, 1)[0]?.toString() ?? '';
  } finally {
    await file.close();
  }
}

/** postmaster.pid's third and fourth lines: the start in seconds since 1970, and the port (src/include/utils/pidfile.h). */
async function postmaster(directory: string): Promise<{ readonly started: number; readonly port: number }> {
  const lines = (await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n');
  return { started: Number(lines[2]), port: Number(lines[3]) };
}

/** The file is written a moment before the server notes its own start, on the same clock. */
const START_SLACK_S = 60;

function isSame(pid: { readonly started: number; readonly port: number }, server: Known): boolean {
  return pid.port === server.port && Math.abs(pid.started - server.started) <= START_SLACK_S;
}

async function volume(path: string): Promise<Volume> {
  const { bavail, blocks, bsize, files, ffree } = await statfs(path);
  const freeFiles = files === 0 ? undefined : ffree;
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, freeFiles };
}

/** What is free for data and log, and whether these are two volumes: pg_wal may be a link to another (initdb --waldir). */
export async function readSpace(directory: string): Promise<Space> {
  const [base, wal] = [join(directory, 'base'), await realpath(join(directory, 'pg_wal'))];
  const [here, there] = await Promise.all([stat(base), stat(wal)]);
  return here.dev === there.dev
    ? { data: await volume(base) }
    : { data: await volume(base), wal: await volume(wal) };
}

export type TemplateDisk = Reflink & {
  readonly files: number | undefined;
  readonly space: Space | undefined;
};

/**
 * A database's files on the server's disk. With files in a tablespace, which may stand on any disk, only the log's part of
 * what is asked could be answered, so nothing is.
 */
export async function readTemplateDisk(
  disk: Disk,
  template: { readonly oid: string; readonly tablespaces: number },
): Promise<TemplateDisk> {
  const nothing = { files: undefined, space: undefined, reflink: 'unknown' } as const;
  if ('unseen' in disk) return { ...nothing, why: disk.unseen };
  if (template.tablespaces > 0) {
    return { ...nothing, why: 'the baseline has files in a tablespace, whose disk is not looked at' };
  }
  const base = join(disk.directory, 'base');
  const [files, space, reflink] = await Promise.all([
    readdir(join(base, template.oid)),
    readSpace(disk.directory),
    probeReflink(disk.directory),
  ]);
  return { files: files.length, space, ...reflink };
}
