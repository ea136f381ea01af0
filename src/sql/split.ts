import { BYTE_ORDER_MARK, hasByteOrderMark } from './place.ts';

/** Bytes of one statement, semicolon not included. */
export type Piece = { readonly start: number; readonly end: number };
export type Obstacle = {
  readonly at: number;
  readonly kind: 'meta-command' | 'copy data' | 'nul byte';
  /** The meta-command's name. */
  readonly name: string;
};
export type Split = {
  readonly pieces: readonly Piece[];
  /** What only psql understands and what changes nothing: a byte order mark, \restrict up to the line's end. */
  readonly blanks: readonly Piece[];
  readonly obstacle: Obstacle | undefined;
};

/** What the scanner remembers of a statement between its tokens. */
export type State = {
  /** First byte of the statement's first token, -1 between statements. */
  start: number;
  /** Just behind the last token. */
  end: number;
  parens: number;
  /** Depth of CASE … END inside a BEGIN ATOMIC body; 0 outside. */
  atomic: number;
  firstWord: string;
  lastWord: string;
  copiesFromStdin: boolean;
};

export const FRESH: Readonly<State> = {
  start: -1,
  end: -1,
  parens: 0,
  atomic: 0,
  firstWord: '',
  lastWord: '',
  copiesFromStdin: false,
};

/**
 * Cuts UTF-8 text into statements at the semicolons that Postgres' scanner would see (documentation 4.1):
 * not in strings, quoted names, dollar quotes, comments, parentheses or BEGIN ATOMIC bodies. Linear.
 * Stops at what only psql understands, unless the rows of COPY … FROM stdin were taken out. `end` is exclusive.
 */
export function splitStatements(bytes: Uint8Array, start: number, end: number, rowsAreOut = false): Split {
  const pieces: Piece[] = [];
  const blanks: Piece[] = [];
  const nul = bytes.subarray(start, end).indexOf(0);
  if (nul >= 0) return { pieces, blanks, obstacle: { at: start + nul, kind: 'nul byte', name: '' } };
  let state = { ...FRESH };
  let at = start === 0 && hasByteOrderMark(bytes) ? BYTE_ORDER_MARK : start;
  if (at > start) blanks.push({ start, end: at });
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte === BACKSLASH) {
      const name = wordAt(bytes, at + 1, end);
      if (state.start >= 0 || !HARMLESS.has(name))
        return { pieces, blanks, obstacle: { at, kind: 'meta-command', name } };
      const lineEnd = until(bytes.indexOf(NEWLINE, at), end, 0);
      blanks.push({ start: at, end: lineEnd });
      at = lineEnd;
      continue;
    }
    const blank = skipBlank(bytes, at, end);
    if (blank > at) {
      at = blank;
      continue;
    }
    if (byte === SEMICOLON && state.parens <= 0 && state.atomic === 0) {
      if (state.copiesFromStdin && !rowsAreOut)
        return { pieces, blanks, obstacle: { at: state.start, kind: 'copy data', name: '' } };
      if (state.start >= 0) pieces.push({ start: state.start, end: state.end });
      state = { ...FRESH };
      at += 1;
      continue;
    }
    if (state.start < 0) state.start = at;
    at = readToken(bytes, at, end, state);
    state.end = at;
  }
  if (state.start >= 0) pieces.push({ start: state.start, end: state.end });
  return { pieces, blanks, obstacle: undefined };
}

/** Comments that stand between or inside statements, in the order of the text; what looks like one in a string is none. */
export function commentsIn(bytes: Uint8Array, start: number, end: number): readonly Piece[] {
  const found: Piece[] = [];
  const state = { ...FRESH };
  let at = start;
  while (at < end) {
    const blank = skipBlank(bytes, at, end);
    if (blank > at && !SPACE[bytes[at] as number]) found.push({ start: at, end: blank });
    at = blank > at ? blank : readToken(bytes, at, end, state);
  }
  return found;
}

/** pg_dump writes these around a dump since the releases of August 2025: psql alone understands them, and they change nothing. */
export const HARMLESS = new Set(['restrict', 'unrestrict']);

const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const DOLLAR = 0x24;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Character classes by byte: white space, first of a word, rest of a word. Bytes above 127 are letters, as in scan.l. */
const SPACE = byteTable((c) => /[ \t\n\r\f\v]/.test(c), false);
const WORD_START = byteTable((c) => /[A-Za-z_]/.test(c), true);
const WORD = byteTable((c) => /[A-Za-z0-9_$]/.test(c), true);

function byteTable(test: (character: string) => boolean, high: boolean): readonly boolean[] {
  return Array.from({ length: 256 }, (_, byte) => (byte > 127 ? high : test(String.fromCharCode(byte))));
}

/** The first byte behind white space or one comment that starts here; `at` itself when there is none. */
export function skipBlank(bytes: Uint8Array, at: number, end: number): number {
  const byte = bytes[at] as number;
  if (SPACE[byte]) return at + 1;
  if (byte === 0x2d && bytes[at + 1] === 0x2d) return lineEnd(bytes, at, end);
  if (byte !== 0x2f || bytes[at + 1] !== 0x2a) return at;
  let depth = 0;
  let position = at;
  while (position < end) {
    const pair = (bytes[position] as number) * 256 + (bytes[position + 1] ?? 0);
    if (pair === 0x2f2a) depth += 1;
    if (pair === 0x2a2f) depth -= 1;
    position += pair === 0x2f2a || pair === 0x2a2f ? 2 : 1;
    if (depth === 0) return position;
  }
  // Unterminated: it is left to the parser, whose message says so.
  return at;
}

/** A comment ends at a carriage return as well (scan.l, non_newline), so that a statement may stand behind one. */
function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && bytes[stop] !== NEWLINE && bytes[stop] !== CARRIAGE_RETURN) stop += 1;
  return stop;
}

function until(found: number, end: number, length: number): number {
  return found < 0 || found + length > end ? end : found + length;
}

/** The first byte behind the token that starts here; words and parentheses are noted in `state`. */
export function readToken(bytes: Uint8Array, at: number, end: number, state: State): number {
  const byte = bytes[at] as number;
  if (WORD_START[byte]) return readWord(bytes, at, end, state);
  if (byte === QUOTE) return endOfString(bytes, at, end, false);
  if (byte === DOUBLE_QUOTE) return until(bytes.indexOf(DOUBLE_QUOTE, at + 1), end, 1);
  if (byte === DOLLAR) return endOfDollarQuote(bytes, at, end);
  if (byte === 0x28) state.parens += 1;
  if (byte === 0x29) state.parens -= 1;
  // Anything unterminated that looked like a comment swallows the rest, as the parser's scanner does.
  if (byte === 0x2f && bytes[at + 1] === 0x2a) return end;
  return at + 1;
}

function readWord(bytes: Uint8Array, at: number, end: number, state: State): number {
  let stop = at + 1;
  while (stop < end && WORD[bytes[stop] as number]) stop += 1;
  if (bytes[stop] === QUOTE && stop === at + 1 && ((bytes[at] as number) | 0x20) === 0x65)
    return endOfString(bytes, stop, end, true);
  // Longer words mean nothing to us.
  if (stop - at <= 6) noteWord(shortWord(bytes, at, stop), state);
  else state.lastWord = '';
  return stop;
}

function noteWord(word: string, state: State): void {
  if (state.firstWord === '') state.firstWord = word;
  if (state.firstWord === 'copy' && state.parens === 0 && state.lastWord === 'from' && word === 'stdin')
    state.copiesFromStdin = true;
  if (state.atomic > 0) state.atomic += word === 'case' ? 1 : word === 'end' ? -1 : 0;
  if (state.firstWord === 'create' && state.lastWord === 'begin' && word === 'atomic') state.atomic = 1;
  state.lastWord = word;
}

/** In lower case, as far as it is ASCII: nothing else is compared. Every third token is one, too many for a Buffer each. */
function shortWord(bytes: Uint8Array, at: number, end: number): string {
  let word = '';
  for (let place = at; place < end; place += 1) word += LOWER[bytes[place] as number];
  return word;
}

const LOWER = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte).toLowerCase());

function wordAt(bytes: Uint8Array, at: number, end: number): string {
  let stop = at;
  while (stop < end && stop < at + 40 && WORD[bytes[stop] as number]) stop += 1;
  return Buffer.from(bytes.subarray(at, stop)).toString('utf8').toLowerCase();
}

function endOfString(bytes: Uint8Array, at: number, end: number, escapes: boolean): number {
  if (!escapes) return until(bytes.indexOf(QUOTE, at + 1), end, 1);
  let position = at + 1;
  while (position < end) {
    const byte = bytes[position];
    if (byte === QUOTE && bytes[position + 1] !== QUOTE) return position + 1;
    position += byte === BACKSLASH || byte === QUOTE ? 2 : 1;
  }
  return end;
}

function endOfDollarQuote(bytes: Uint8Array, at: number, end: number): number {
  let stop = at + 1;
  if (WORD_START[bytes[stop] as number])
    while (stop < end && bytes[stop] !== DOLLAR && WORD[bytes[stop] as number]) stop += 1;
  if (bytes[stop] !== DOLLAR) return at + 1;
  const tag = Buffer.from(bytes.subarray(at, stop + 1));
  return until(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(tag, stop + 1),
    end,
    tag.length,
  );
}
