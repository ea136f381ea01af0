import type { Place } from './statement.ts';

export type Locator = {
  /** Line and column (characters, not bytes), both from 1. */
  readonly at: (byte: number) => { readonly line: number; readonly column: number };
  readonly place: (file: string, startByte: number, endByte: number) => Place;
};

/** Its length in UTF-8. */
export const BYTE_ORDER_MARK = 3;

/** Lines and columns of a UTF-8 text. A byte order mark takes no column. Asked in ascending order, the cost is linear even for one endless line. */
export function locate(bytes: Uint8Array): Locator {
  const starts = lineStarts(bytes);
  let last = { byte: 0, line: 0, column: 1 };
  const at = (byte: number): { line: number; column: number } => {
    const line = lineOf(starts, byte);
    const from = last.line === line && last.byte <= byte ? last : { byte: starts[line - 1] ?? 0, column: 1 };
    last = { byte, line, column: from.column + characters(bytes, from.byte, byte) };
    return { line, column: last.column };
  };
  const place = (file: string, startByte: number, endByte: number): Place => {
    const start = at(startByte);
    const end = at(endByte);
    return { file, ...start, endLine: end.line, endColumn: end.column, startByte, endByte };
  };
  return { at, place };
}

export function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Byte offset of the character (code point) that stands `count` characters behind `from`. */
export function skipCharacters(bytes: Uint8Array, from: number, count: number): number {
  let byte = from;
  for (let left = count; left > 0 && byte < bytes.length; left -= 1) {
    byte += 1;
    while (isContinuation(bytes[byte])) byte += 1;
  }
  return byte;
}

function lineStarts(bytes: Uint8Array): readonly number[] {
  const starts = [hasByteOrderMark(bytes) ? BYTE_ORDER_MARK : 0];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) starts.push(at + 1);
  return starts;
}

function lineOf(starts: readonly number[], byte: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] as number) <= byte) low = middle;
    else high = middle;
  }
  return low + 1;
}

function characters(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (!isContinuation(bytes[at])) count += 1;
  return count;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
