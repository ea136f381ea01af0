import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ProviderError } from '../errors.ts';

const QUIT_LIMIT_MS = 10_000;
const KILL_LIMIT_MS = 5_000;

/** The postmaster's id from the first line of postmaster.pid (docs: 66.1), undefined when there is none. */
export async function postmasterId(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const id = Number(text.split('\n')[0]);
  return Number.isSafeInteger(id) && id > 1 ? id : undefined;
}

/** The eighth line of postmaster.pid says whether connections are taken (pg_ctl reads it so since Postgres 10). */
export async function postmasterReady(data: string): Promise<boolean> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  return text.split('\n')[7]?.trim() === 'ready';
}

/**
 * Ends a program of ours if it runs: first as `pg_ctl stop -m immediate` does (a throw-away server has nothing to
 * save), then by force. A process that took over the number is left alone: only one that was started with
 * `data` as an argument is ours. Throws ProviderError when it will not end.
 */
export async function endProcess(id: number, data: string): Promise<void> {
  for (const [signal, limit] of [
    ['SIGQUIT', QUIT_LIMIT_MS],
    ['SIGKILL', KILL_LIMIT_MS],
  ] as const) {
    if (!(await isOurs(id, data))) return;
    try {
      process.kill(id, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw notOurs(id, error);
    }
    if (await ends(id, data, limit)) return;
  }
  throw new ProviderError(`The Postgres server with process id ${id} does not end.`, {
    hint: 'It may hang in a system call; look at it with ps.',
  });
}

function notOurs(id: number, cause: unknown): ProviderError {
  return new ProviderError(`The Postgres server with process id ${id} belongs to another user.`, {
    hint: 'Stop it as the user that started it.',
    cause,
  });
}

async function ends(id: number, data: string, limitMs: number): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (Date.now() < until) {
    if (!(await isOurs(id, data))) return true;
    await sleep(15);
  }
  return false;
}

/** A zombie has no arguments any more, and so counts as ended. */
async function isOurs(id: number, data: string): Promise<boolean> {
  if (existsSync('/proc/self/cmdline')) {
    const text = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    return text.split('\0').includes(data);
  }
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(id)]);
    return stdout.includes(` ${data} `) || stdout.trimEnd().endsWith(` ${data}`);
  } catch {
    return false;
  }
}
