import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';

/** What a later process must know to stop a server: kept in `server.json`, readable by its owner alone. */
export type ServerRecord = {
  /** The folder that the server's user owns: data directory and socket. */
  readonly home: string;
  /** Programs of ours that may still run: initdb, then the postmaster. */
  readonly processes: readonly number[];
  readonly password: string;
  /** Undefined until it takes connections. */
  readonly port?: number;
};

const TEMPORARY_PREFIX = 'pullgres-server-';
const TEMPORARY_NAME = /^pullgres-server-[0-9a-f]{16}$/;
/** sun_path holds 104 bytes on macOS and 108 on Linux (unix(7)); a socket is called `.s.PGSQL.65535`. */
const LONGEST_SOCKET_FOLDER = 103 - '/.s.PGSQL.65535'.length;

export const dataFolder = (home: string): string => join(home, 'data');
export const socketFolder = (home: string): string => join(home, 'socket');
export const logFile = (directory: string): string => join(directory, 'server.log');
export const recordFile = (directory: string): string => join(directory, 'server.json');
export const usualHome = (directory: string): string => join(directory, 'server');

/** A home of its own under the system's temporary folder, for a directory that is too long for a socket or closed to the server's user. */
export function temporaryHome(): string {
  return join(tmpdir(), `${TEMPORARY_PREFIX}${randomBytes(8).toString('hex')}`);
}

export function fitsSocket(home: string): boolean {
  return Buffer.byteLength(socketFolder(home)) <= LONGEST_SOCKET_FOLDER;
}

/** Written at once and in one go: between the start of a process and its record nothing may come. */
export function writeRecord(directory: string, record: ServerRecord): void {
  writeFileSync(recordFile(directory), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** The record, or undefined when there is none, it is torn, or it names a home that is not one of ours: what it names is going to be removed. */
export function readRecord(directory: string): ServerRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(recordFile(directory), 'utf8')) as ServerRecord;
    // Not compared with today's temporary folder: TMPDIR may be another in the step that stops the server.
    const temporary = isAbsolute(record.home) && TEMPORARY_NAME.test(basename(record.home));
    const known = record.home === usualHome(directory) || temporary;
    return known && Array.isArray(record.processes) ? record : undefined;
  } catch {
    return undefined;
  }
}
