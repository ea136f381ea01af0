import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { UserError } from '../errors.ts';

/** What a shell calls the pipes that it opened itself: standard input, and `<(…)`. */
const SHELL_PIPE = /^(\/dev\/(stdin$|fd\/)|\/proc\/)/;

/**
 * Before it is opened, since a FIFO that nobody writes to, or a device, may never answer. Links are followed; `full` is
 * the path as it was named.
 * @throws UserError for what is neither a file, nor a folder, nor a pipe of the shell.
 */
export function checkRegular(full: string, shown: string, facts: Stats): void {
  if (facts.isFile() || facts.isDirectory()) return;
  if (facts.isFIFO() && SHELL_PIPE.test(full)) return;
  throw new UserError(`${shown} is no regular file but ${kindOf(facts)}, and is not opened.`, {
    hint: 'Name a file, or give the SQL through standard input with -.',
  });
}

/** As `checkRegular`, for a path that has not been looked at; one that is missing is left to whoever opens it. */
export async function checkRegularPath(full: string, shown: string): Promise<void> {
  const facts = await stat(full).catch(() => undefined);
  if (facts !== undefined) checkRegular(full, shown, facts);
}

function kindOf(facts: Stats): string {
  if (facts.isFIFO()) return 'a named pipe';
  return facts.isSocket() ? 'a socket' : 'a device';
}
