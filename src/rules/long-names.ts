import type { Statement } from '../sql/statement.ts';

/** Bytes of a name; the server cuts what is longer (NAMEDATALEN - 1). */
const LONGEST_BYTES = 63;

export type LongName = { readonly written: string; readonly kept: string };

/** The tree holds names as they were cut, so they are looked for in the text: past comments, strings and dollar quotes. */
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|"((?:[^"]|"")*)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/g;

export function longNames({ sql }: Statement): readonly LongName[] {
  if (!/[\w$\u0080-\uffff]{22}|"[^"]{22}/.test(sql)) return [];
  const found = new Map<string, LongName>();
  for (const [, , quoted, bare] of sql.matchAll(TOKENS)) {
    const written = quoted?.replaceAll('""', '"') ?? bare?.toLowerCase() ?? '';
    if (Buffer.byteLength(written) <= LONGEST_BYTES) continue;
    found.set(written, { written, kept: cut(written) });
  }
  return [...found.values()];
}

/** Never half a character. */
function cut(name: string): string {
  let kept = '';
  for (const character of name) {
    if (Buffer.byteLength(kept + character) > LONGEST_BYTES) return kept;
    kept += character;
  }
  return kept;
}
