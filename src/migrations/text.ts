import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { FileTree } from './migration.ts';

/** A migration file as it was read: `text` keeps byte order mark and line ends; `bytes` is its length in UTF-8. */
export type SourceFile = {
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
  readonly checksum: string;
};

function decodes(bytes: Buffer, length: number): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Offset of the first byte that no UTF-8 text can have there; the file's length when its last character is cut short. */
function firstBadByte(bytes: Buffer): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes, middle)) good = middle;
    else bad = middle;
  }
  return Math.min(good, bytes.length);
}

/** Decodes UTF-8 byte for byte, byte order mark included. Throws UserError with the offset of the first wrong byte. */
export function decodeUtf8(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const offset = firstBadByte(bytes);
    throw new UserError(`${path} is not UTF-8: the byte at offset ${offset} does not belong there.`, {
      hint: 'Save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8.',
    });
  }
}

/** Reads a migration file. Throws UserError when it is missing, a link, over 64 MiB or not UTF-8. */
export async function readSource(tree: FileTree, path: string): Promise<SourceFile> {
  const bytes = await tree.read(path);
  const checksum = createHash('sha256').update(bytes).digest('hex');
  return { path, text: decodeUtf8(path, bytes), bytes: bytes.length, checksum };
}

/** Bytes before the character at `index` (a JavaScript string index). */
export function byteOffset(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index));
}

/** Throws UserError when two migrations have one key, naming both files. */
export function refuseDuplicates<Item extends { readonly path: string; readonly version: string }>(
  items: readonly Item[],
  key: (item: Item) => string,
): void {
  const seen = new Map<string, Item>();
  for (const item of items) {
    const other = seen.get(key(item));
    if (other !== undefined) {
      throw new UserError(
        `Two migrations have the version ${item.version}: ${other.path} and ${item.path}.`,
        { hint: 'Give one of them a new version; usually the one that is not merged yet.' },
      );
    }
    seen.set(key(item), item);
  }
}
