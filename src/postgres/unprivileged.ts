import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ProviderError } from '../errors.ts';

/** Whose rights the server gets. Postgres refuses to run as root (docs: 18.1). */
export type Account = { readonly uid: number; readonly gid: number };

const run = promisify(execFile);

/**
 * The account that server programs must be run as: undefined when we are not root and may run them ourselves,
 * else `postgres`, else `nobody`. Throws ProviderError when a root machine has neither.
 */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const account = await readAccount(name);
    if (account !== undefined) return account;
  }
  throw new ProviderError(
    'Postgres refuses to run as root, and this machine has no other user to run it as.',
    {
      hint: 'Add a user named postgres to the image, or run the job as another user.',
    },
  );
}

/** Asked of `id` and not of /etc/passwd, because users may come from elsewhere (macOS, LDAP). */
async function readAccount(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (which) => Number((await run('id', [which, name])).stdout)),
    );
    return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

/** Whether the account can read the folder and walk into it. Asked of `test` run as that account: modes alone do not tell of parents, groups and access lists. */
export async function canReach(account: Account | undefined, folder: string): Promise<boolean> {
  try {
    await run('test', ['-r', folder, '-a', '-x', folder], { ...account });
    return true;
  } catch {
    return false;
  }
}
