import { readArguments, type Variables, WHOLE_LINE } from './meta-arguments.ts';
import { SHELL } from './meta-commands.ts';
import { isReadableEncoding, OTHER_ENCODING } from './reading-settings.ts';
import type { SqlProblem } from './statement.ts';

/** What a command's arguments, bytes of the text, do that its name does not say: a program runs, or the text is read in another encoding. */
export function argumentProblem(
  name: string,
  bytes: Buffer,
  start: number,
  stop: number,
  variables: Variables,
): Pick<SqlProblem, 'message' | 'hint'> | undefined {
  if (WHOLE_LINE.has(name)) return undefined;
  const found = readArguments(bytes.toString('utf8', start, stop).replace(/\\\\$/, ''), variables);
  const isPiped = PIPED.has(name) && found.some((one) => one?.startsWith('|'));
  if (isPiped || found.includes(undefined)) return SHELL;
  const [encoding] = found;
  if (name !== 'encoding' || encoding === undefined) return undefined;
  return isReadableEncoding(encoding, bytes) ? undefined : OTHER_ENCODING;
}

/** Commands whose output a program may get. */
const PIPED = new Set(['g', 'gx', 'o', 'w']);
