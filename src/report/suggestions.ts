import { docsUrl } from '../rules/docs-url.ts';
import type { Finding, TextEdit } from '../rules/rule.ts';
import { blocks, code, link, prose } from './markdown.ts';

/** A rule's mechanical fix as whole lines of a file, from 1, both ends included. */
export type Suggestion = {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  /** What is to stand there instead, without the last line's end; empty takes the lines away. */
  readonly text: string;
  readonly finding: Finding;
};

const LINE_FEED = 0x0a;
/** A longer one is no help to whoever has to read it. */
const LONGEST_TEXT = 5000;
/** Nobody sees what such a character does, and GitHub would put a line feed in the place of a carriage return. */
const UNSEEN = /[^\P{Cc}\n\t]|\uFEFF/u;

/** The fix on the bytes of the file that was judged; nothing where it does not apply as whole, visible lines. */
export function suggestionOf(finding: Finding, bytes: Buffer): Suggestion | undefined {
  const edits = finding.fix.toSorted((a, b) => a.startByte - b.startByte);
  const [first] = edits;
  const last = edits.at(-1);
  if (first === undefined || last === undefined || !areApart(edits, bytes.length)) return undefined;
  const start = first.startByte === 0 ? 0 : bytes.lastIndexOf(LINE_FEED, first.startByte - 1) + 1;
  const newline = bytes.indexOf(LINE_FEED, last.endByte);
  const end = newline < 0 ? bytes.length : newline;
  // Behind the last line feed there is no line to comment on.
  if (newline < 0 && (bytes.length === 0 || bytes.at(-1) === LINE_FEED)) return undefined;
  const before = decode(bytes.subarray(start, end));
  const text = decode(applied(edits, bytes, start, end));
  if (before === undefined || text === undefined || before === text) return undefined;
  if (UNSEEN.test(before + text) || text.length > LONGEST_TEXT) return undefined;
  const startLine = 1 + linesIn(bytes.subarray(0, start));
  const endLine = startLine + linesIn(bytes.subarray(start, end));
  return { path: finding.place.file, startLine, endLine, text, finding };
}

function areApart(edits: readonly TextEdit[], length: number): boolean {
  return edits.every(({ startByte, endByte }, index) => {
    const before = edits[index - 1]?.endByte ?? 0;
    return before <= startByte && startByte <= endByte && endByte <= length;
  });
}

function applied(edits: readonly TextEdit[], bytes: Buffer, start: number, end: number): Buffer {
  const pieces: Buffer[] = [];
  let from = start;
  for (const edit of edits) {
    pieces.push(bytes.subarray(from, edit.startByte), Buffer.from(edit.text));
    from = edit.endByte;
  }
  return Buffer.concat([...pieces, bytes.subarray(from, end)]);
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

/** At most `maximum`, none on lines of another: whoever takes one of two such would make the other outdated. */
export function apart(suggestions: readonly Suggestion[], maximum: number): readonly Suggestion[] {
  const chosen: Suggestion[] = [];
  for (const one of suggestions) {
    const overlaps = chosen.some(
      ({ path, startLine, endLine }) =>
        path === one.path && startLine <= one.endLine && one.startLine <= endLine,
    );
    if (!overlaps && chosen.length < maximum) chosen.push(one);
  }
  return chosen;
}

const MARKER = /^<!-- pullgres suggestion=([0-9a-f]{16}) -->(?:\r?\n|$)/;

/** The complaint that a comment's suggestion is about, by the mark at its begin. */
export function suggestedFingerprint(body: string): string | undefined {
  return MARKER.exec(body)?.[1];
}

/** The comment as Markdown: mark, reason, and the lines that GitHub offers to put into the file. */
export function suggestionComment({ finding, text }: Suggestion): string {
  const { rule, message, help, fingerprint } = finding;
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const ticks = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return blocks([
    `<!-- pullgres suggestion=${fingerprint} -->`,
    `${prose(message)} ${prose(help)}`,
    `${ticks}suggestion\n${text === '' ? '' : `${text}\n`}${ticks}`,
    `${code(rule)} · ${link('what this is about', docsUrl(rule))}`,
  ]);
}
