import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';

/** Two clocks' readings of one start: the postmaster writes its file before it notes when it began to serve. */
const START_SLACK_S = 120;

/**
 * The server's data directory, when it is seen from this machine and proved to be this very server's: by the system
 * identifier in global/pg_control (its first eight bytes; pg_control.h) and, because a standby or a restored copy has the
 * same, by the start time in postmaster.pid (third line; docs: 66.1). Undefined otherwise, or when the administrator may
 * not read the setting (superuser or pg_read_all_settings). Linux on little-endian machines, as GitHub's runners are.
 */
export async function visibleDataDirectory(admin: Admin): Promise<string | undefined> {
  const told = await describe(admin);
  if (!told) return undefined;
  try {
    const control = await head(join(told.directory, 'global', 'pg_control'), 8);
    if (control.length < 8 || control.readBigInt64LE().toString() !== told.identifier) return undefined;
    const lines = (await head(join(told.directory, 'postmaster.pid'), 4096)).toString().split('\n');
    return Math.abs(Number(lines[2]) - told.started) <= START_SLACK_S ? told.directory : undefined;
  } catch {
    return undefined;
  }
}

async function describe(admin: Admin) {
  try {
    const { rows } = await admin.query(
      `SELECT current_setting('data_directory') AS directory, system_identifier::text AS identifier,
              extract(epoch FROM pg_postmaster_start_time()) AS started FROM pg_control_system()`,
    );
    const row = rows[0];
    return {
      directory: String(row?.directory),
      identifier: String(row?.identifier),
      started: Number(row?.started),
    };
  } catch (error) {
    if (error instanceof ProviderError && error.status === '42501') return undefined;
    throw error;
  }
}

async function head(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
