import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './unprivileged.ts';

const run = promisify(execFile);

/** The environment that server programs get: nothing of the job's own, which may hold secrets that any superuser could read back through COPY … FROM PROGRAM. */
export function serverEnvironment(): Record<string, string> {
  // The runner ends what a job left behind by looking for this value (actions/runner, ProcessExtensions).
  const tracking = process.env.RUNNER_TRACKING_ID;
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    TZ: 'UTC',
    ...(tracking === undefined ? {} : { RUNNER_TRACKING_ID: tracking }),
  };
}

/** The major version of a folder with initdb, pg_ctl and postgres that run as the account, or why it is of no use. */
export async function probePrograms(
  directory: string,
  account: Account | undefined,
): Promise<{ readonly version: number } | { readonly problem: string }> {
  for (const program of ['initdb', 'pg_ctl', 'postgres']) {
    const missing = await access(join(directory, program), constants.X_OK).then(
      () => false,
      () => true,
    );
    if (missing) return { problem: `has no ${program} that we may run` };
  }
  try {
    const options = { ...account, env: serverEnvironment(), timeout: 20_000, cwd: '/' };
    const { stdout } = await run(join(directory, 'postgres'), ['--version'], options);
    const major = /PostgreSQL\)? (\d+)/.exec(stdout)?.[1];
    return major === undefined ? { problem: 'does not say its version' } : { version: Number(major) };
  } catch {
    return { problem: account === undefined ? 'does not run' : `does not run as user ${account.uid}` };
  }
}
