import { UserError } from '../errors.ts';
import type { Reading, Refusal } from './migration.ts';

/** A reading, or, where it is asked for, why there is none. Throws UserError otherwise. */
export async function readOrRefuse(
  path: string,
  lenient: 'lenient' | undefined,
  read: () => Reading | Promise<Reading>,
): Promise<Reading> {
  try {
    return await read();
  } catch (error) {
    if (lenient === undefined || !(error instanceof UserError)) throw error;
    const up = { startByte: 0, endByte: 0 };
    return { up, down: undefined, transaction: 'none', refusal: refusalOf(path, error) };
  }
}

/** The tool's words without the path, which stands beside them wherever they are shown. */
export function refusalOf(path: string, { message, hint }: UserError): Refusal {
  const words = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
  return { message: words, hint: hint ?? 'Look at its permissions.' };
}
