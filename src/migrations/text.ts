import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { FileTree, SourceFile } from './migration.ts';

function decodes(bytes: Buffer, length: number): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Offset of the first byte that no UTF-8 text can have there; the file's length when its last character is cut short; undefined for UTF-8. */
export function firstBadByte(bytes: Buffer): number | undefined {
  if (isUtf8(bytes)) return undefined;
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
    const offset = firstBadByte(bytes) ?? 0;
    throw new UserError(`${path} is not UTF-8: the byte at offset ${offset} does not belong there.`, {
      hint: 'Save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8.',
    });
  }
}

/** Reads a migration file. Throws UserError when it is missing, a link, over 64 MiB or not UTF-8. */
export async function readSource(tree: FileTree, path: string): Promise<SourceFile> {
  return sourceFile(path, await tree.read(path));
}

/** Throws UserError when the bytes are not UTF-8. */
export function sourceFile(path: string, bytes: Buffer): SourceFile {
  const checksum = createHash('sha256').update(bytes).digest('hex');
  return { path, text: decodeUtf8(path, bytes), bytes: bytes.length, checksum };
}

/** Bytes before the character at `index` (a JavaScript string index). */
export function byteOffset(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index));
}

/** A range of characters (JavaScript string indexes) as the bytes that it takes; without an end, up to the text's. */
export function byteRange(
  text: string,
  start: number,
  end = text.length,
): { readonly startByte: number; readonly endByte: number } {
  return { startByte: byteOffset(text, start), endByte: byteOffset(text, end) };
}
