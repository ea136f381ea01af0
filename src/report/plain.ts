import { starPasswords } from '../secret.ts';

const DIRECTION_AND_WIDTH = /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/g;
const SIMPLE = /^[\x20-\x7e]*$/;
const SIMPLE_LINES = /^[\x20-\x7e\n\t]*$/;
/** Whatever withoutConnections might change. */
const CONNECTION = /passw|:\/\/|postgres(?:ql)?:/i;

/**
 * Hostile text made fit to print anywhere: whole surrogates only, control characters and those that reorder or hide text
 * made visible, connection strings starred out. Line breaks and tabs become visible too, unless `keepLines` is set.
 */
export function plain(text: string, keepLines = false): string {
  // Most names and statements are this, and a report has thousands of them.
  if ((keepLines ? SIMPLE_LINES : SIMPLE).test(text) && !CONNECTION.test(text)) return text;
  const lines = keepLines ? text.replaceAll(/\r\n?|\u2028|\u2029/g, '\n') : text;
  return withoutConnections(lines.toWellFormed())
    .replaceAll(DIRECTION_AND_WIDTH, codePoint)
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) =>
      keepLines && (character === '\n' || character === '\t') ? character : visible(character),
    );
}

/** At most `maximum` UTF-16 characters, cut between code points, with `…` where something was cut. */
export function clip(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  const end = maximum - 1;
  const splits = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
  return `${text.slice(0, splits ? end - 1 : end)}…`;
}

/** The first `maximum` lines, and how many more there were. A line is cut at 300 characters. */
export function clipLines(text: string, maximum: number): { readonly text: string; readonly more: number } {
  // Cut first: an excerpt of a migration of many megabytes must not cost its whole length.
  const lines = text.split('\n');
  return {
    text: lines
      .slice(0, maximum)
      .map((line) => clip(line, 300))
      .join('\n'),
    more: Math.max(0, lines.length - maximum),
  };
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // Unicode has pictures for C0 from U+2400 on, and one for DEL.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? '␡' : codePoint(character);
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `⟨U+${hex}⟩`;
}

/** Server messages and test output may quote a connection string; a report may be public. */
function withoutConnections(text: string): string {
  return starPasswords(text)
    .replaceAll(/(postgres(?:ql)?):\/\/[^\s'"`<>]+/gi, '$1:***')
    .replaceAll(/(password|passwd)=[^\s'"`]+/gi, '$1=***');
}
