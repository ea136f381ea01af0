import { createReadStream, readFileSync, statSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { checkSize } from '../migrations/file-tree.ts';

/**
 * All that a stream gives, a pipe's as well as a file's.
 * @throws UserError when it is more than a migration file may have, before all of it is in memory, and for what cannot
 * be read.
 */
export async function readLimited(stream: AsyncIterable<Buffer | string>, shown: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const part = Buffer.from(chunk);
      size += part.length;
      checkSize(shown, size);
      parts.push(part);
    }
  } catch (cause) {
    throw unreadable(shown, cause);
  }
  return Buffer.concat(parts);
}

/**
 * All that a file gives. A regular one is read at once: through the thread pool, the steps that a small file takes cost
 * more than its lint. One whose size is not told, as below /proc, may have no end.
 * @throws UserError as `readLimited`.
 */
export async function readNamed(full: string, shown: string): Promise<Buffer> {
  try {
    const { size } = statSync(full);
    if (size > 0) {
      checkSize(shown, size);
      return readFileSync(full);
    }
  } catch (cause) {
    throw unreadable(shown, cause);
  }
  return readLimited(createReadStream(full), shown);
}

function unreadable(shown: string, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new UserError(`${shown} could not be read: ${code ?? message}.`, {
    hint: 'Look at its permissions.',
    cause,
  });
}
