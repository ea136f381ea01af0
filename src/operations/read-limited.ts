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
    if (cause instanceof UserError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UserError(`${shown} could not be read: ${code ?? message}.`, {
      hint: 'Look at its permissions.',
      cause,
    });
  }
  return Buffer.concat(parts);
}
