import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Locator, locate } from '../sql/place.ts';
import type { Place } from '../sql/statement.ts';

/** Lines and columns from 1, columns in UTF-16 units; the end is just behind the last character. */
export type Region = {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine?: number;
  readonly endColumn?: number;
};

/** Turns places into regions of one file's text. Without the text, columns are taken as they are. */
export function regionsOf(text: string | undefined): {
  readonly place: (place: Place) => Region;
  readonly bytes: (startByte: number, endByte: number) => Region | undefined;
} {
  let source: { readonly bytes: Buffer; readonly locator: Locator } | undefined;
  const open = () => {
    if (source !== undefined) return source;
    const bytes = Buffer.from(text ?? '');
    source = { bytes, locator: locate(bytes) };
    return source;
  };
  const at = (byte: number) => {
    const { bytes, locator } = open();
    const { line, column } = locator.at(byte);
    // Code points from the line's begin; those beyond the basic plane are two units.
    const lineStart = bytes.lastIndexOf(0x0a, Math.max(0, byte - 1)) + 1;
    const wide = countLongest(bytes, byte === 0 ? 0 : lineStart, byte);
    return { line, column: column + wide };
  };
  const region = (startByte: number, endByte: number): Region => {
    const [start, end] = [at(startByte), at(endByte)];
    return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
  };
  return {
    place: (place) =>
      text === undefined
        ? {
            startLine: place.line,
            startColumn: place.column,
            endLine: place.endLine,
            endColumn: place.endColumn,
          }
        : region(place.startByte, place.endByte),
    bytes: (startByte, endByte) => (text === undefined ? undefined : region(startByte, endByte)),
  };
}

/** Characters of four bytes in UTF-8, which are two units in UTF-16. */
function countLongest(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  for (let byte = start; byte < end; byte += 1) if ((bytes[byte] as number) >= 0xf0) count += 1;
  return count;
}

/** A file of the repository relative to its root, any other by its whole URI. */
export function fileUri(path: string): { readonly uri: string; readonly uriBaseId?: string } {
  if (isAbsolute(path)) return { uri: pathToFileURL(path.toWellFormed()).href };
  const parts = path
    .toWellFormed()
    .replace(/^(\.\/+)+/, '')
    .split('/');
  return { uri: parts.map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}
