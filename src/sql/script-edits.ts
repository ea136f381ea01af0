import type { Edit } from './edits.ts';
import { explainObstacle } from './hints.ts';
import { argumentProblem } from './meta-argument-problem.ts';
import { argumentsEnd, literalText, nameText, readArguments, type Variables } from './meta-arguments.ts';
import { metaCommand } from './meta-commands.ts';
import { type Placeholder, placeholderFrom } from './placeholder.ts';
import { FRESH, HARMLESS, type Obstacle, readToken, type State, skipBlank } from './split.ts';

/** What stands in the way of a server: at a byte of the text, with what to do. */
export type Remark = { readonly at: number; readonly message: string; readonly hint: string };

export type ScriptRange = {
  readonly start: number;
  readonly end: number;
  /** The text is run by psql, not sent to a server as it stands. */
  readonly psql: boolean;
  readonly variables: Variables;
  /** \connect names the database that the text is about. */
  readonly connectsToTheSame: boolean;
};

export type ScriptEdits = { readonly edits: readonly Edit[]; readonly remarks: readonly Remark[] };

type Reading = ScriptRange & {
  readonly bytes: Buffer;
  readonly values: Map<string, string>;
  readonly edits: { start: number; end: number; text: string }[];
  readonly remarks: Remark[];
  /** Where the rows of the next COPY begin at the earliest, and whether a statement came by. */
  dataFrom: number;
  /** No rows end behind the last COPY that was looked at. */
  isEndless: boolean;
  hasStatement: boolean;
};

/** Bytes of a placeholder that a value may stand for. */
const LONGEST = 100;
/** Told of one text. */
export const MOST_REMARKS = 100;

const [BACKSLASH, SEMICOLON, NEWLINE, QUOTE, DOUBLE_QUOTE, DOLLAR] = [0x5c, 0x3b, 0x0a, 0x27, 0x22, 0x24];

/**
 * Finds what has to be taken out of a script, or put in, before its statements are what a server gets: psql's
 * meta-commands, the rows of COPY … FROM stdin, variables and placeholders that have a value. Linear.
 */
export function scriptEdits(bytes: Buffer, range: ScriptRange): ScriptEdits {
  const reading: Reading = {
    ...range,
    bytes,
    values: new Map(range.variables),
    edits: [],
    remarks: [],
    dataFrom: 0,
    isEndless: false,
    hasStatement: false,
  };
  let state = { ...FRESH };
  let at = range.start;
  while (at < range.end) {
    if (at < reading.dataFrom && bytes[at - 1] === NEWLINE) {
      at = reading.dataFrom;
      continue;
    }
    const byte = bytes[at] as number;
    if (byte === SEMICOLON && state.parens <= 0 && state.atomic === 0) {
      if (state.copiesFromStdin) takeRows(reading, state, at);
      state = { ...FRESH };
      at += 1;
      continue;
    }
    if (byte === BACKSLASH) {
      at = takeCommand(reading, state, at);
      continue;
    }
    const blank = skipBlank(bytes, at, range.end);
    at = blank > at ? blank : takeToken(reading, state, at);
  }
  return { edits: apart(reading.edits), remarks: reading.remarks };
}

/** In order; one inside the rows that another takes out is needless. */
function apart(edits: readonly Edit[]): readonly Edit[] {
  let end = 0;
  return edits
    .toSorted((a, b) => a.start - b.start)
    .filter((edit) => {
      if (edit.start < end) return false;
      end = edit.end;
      return true;
    });
}

function takeToken(reading: Reading, state: State, at: number): number {
  const { bytes, end } = reading;
  const placeholder = reading.values.size > 0 ? placeholderFrom(bytes, at, end, LONGEST) : undefined;
  const text = placeholder && valueFor(placeholder, reading);
  if (state.start < 0) state.start = at;
  reading.hasStatement = true;
  if (placeholder !== undefined && text !== undefined) {
    reading.edits.push({ start: placeholder.start, end: placeholder.end, text });
    return placeholder.end;
  }
  const stop = readToken(bytes, at, end, state);
  if (stop > at + 4) insideToken(reading, at, stop);
  return stop;
}

/** psql quotes by the form of its variable; a template's value stands as it is. */
function valueFor({ text, name }: Placeholder, { values }: Reading): string | undefined {
  const value = name === undefined ? undefined : values.get(name);
  if (text.startsWith(':{?')) return value === undefined ? 'FALSE' : 'TRUE';
  if (value === undefined) return undefined;
  return text.startsWith(":'") ? literalText(value) : text.startsWith(':"') ? nameText(value) : value;
}

/** Template tools know nothing of strings and fill in there as well; psql leaves them alone. */
function insideToken(reading: Reading, start: number, end: number): void {
  const first = reading.bytes[start] as number;
  const escapes = (first | 0x20) === 0x65 && reading.bytes[start + 1] === QUOTE;
  if (reading.values.size === 0 || !(escapes || [QUOTE, DOUBLE_QUOTE, DOLLAR].includes(first))) return;
  const text = reading.bytes.toString('latin1', start, end);
  for (const { 0: whole, 1: brace, 2: dollar, index } of text.matchAll(
    /\{\{[^\S\n]*([\w.:-]+)[^\S\n]*\}\}|\$\{[^\S\n]*([\w.:-]+)[^\S\n]*\}/g,
  )) {
    const value = reading.values.get(brace ?? dollar ?? '');
    if (value === undefined) continue;
    const quoted = first === DOUBLE_QUOTE ? value.replaceAll('"', '""') : value.replaceAll("'", "''");
    const safe = first === DOLLAR ? value : escapes ? quoted.replaceAll('\\', '\\\\') : quoted;
    reading.edits.push({ start: start + index, end: start + index + whole.length, text: safe });
  }
}

/** Takes a meta-command out and gives the byte behind it. */
function takeCommand(reading: Reading, state: State, at: number): number {
  const { bytes, end } = reading;
  const name = commandName(bytes, at + 1, end);
  const stop = argumentsEnd(bytes, at + 1 + name.length, end, name);
  const isOpen = state.start >= 0;
  if (!reading.psql) {
    if (isOpen || !HARMLESS.has(name)) refuse(reading, { at, kind: 'meta-command', name });
    takeOut(reading, at, stop);
    return stop;
  }
  const { does, message, hint } = metaCommand(name);
  const sends = does === 'sends' || does === 'sends unseen';
  if (sends && isOpen) reading.edits.push({ start: at, end: stop, text: ';' });
  else takeOut(reading, at, stop);
  if (sends) Object.assign(state, FRESH);
  const told = argumentProblem(name, bytes, at + 1 + name.length, stop, reading.values);
  if (told !== undefined) remark(reading, { at, message: `\\${name}: ${told.message}`, hint: told.hint });
  if (does === 'sets' || does === 'unsets') setVariables(reading, does, at + 1 + name.length, stop);
  if (message !== '' && !(isConnect(name) && isHere(reading)))
    remark(reading, { at, message: `\\${name}: ${message}`, hint });
  return stop;
}

function isConnect(name: string): boolean {
  return name === 'c' || name === 'connect';
}

/** Before the first statement, \connect only says which database the schema is of. */
function isHere({ hasStatement, connectsToTheSame }: Reading): boolean {
  return connectsToTheSame || !hasStatement;
}

/** Letters and digits with the signs of `\dt+`, or one sign by itself. */
function commandName(bytes: Buffer, at: number, end: number): string {
  const text = bytes.toString('latin1', at, Math.min(end, at + 40));
  return /^(?:[A-Za-z_]+[+?]?|[^\sA-Za-z_])?/.exec(text)?.[0] ?? '';
}

function setVariables(reading: Reading, does: 'sets' | 'unsets', start: number, end: number): void {
  const text = reading.bytes.toString('utf8', start, end).replace(/\\\\$/, '');
  const found = readArguments(text, reading.values);
  if (does === 'unsets') {
    for (const name of found) reading.values.delete(name ?? '');
    return;
  }
  const [name, ...values] = found;
  if (name === undefined) return;
  if (values.includes(undefined)) reading.values.delete(name);
  else reading.values.set(name, values.join(''));
  if (name === 'AUTOCOMMIT' && /^(0|off|false|no)$/i.test(values.join('')))
    remark(reading, {
      at: start - '\\set'.length,
      message: '\\set AUTOCOMMIT off: psql opens transactions by itself; it is judged without them',
      hint: 'Write BEGIN and COMMIT.',
    });
}

function takeRows(reading: Reading, state: State, semicolon: number): void {
  const { bytes, end, psql } = reading;
  const first = Math.max(lineEnd(bytes, semicolon, end), reading.dataFrom);
  const behind = reading.isEndless ? undefined : behindRows(bytes, first, end);
  reading.isEndless = behind === undefined;
  if (!psql) refuse(reading, { at: state.start, kind: 'copy data', name: '' });
  // Where no rows end, a migration tool's file has none.
  if (behind === undefined && !psql) return;
  reading.dataFrom = behind ?? end;
  takeOut(reading, first, reading.dataFrom);
}

function takeOut({ edits }: Reading, start: number, end: number): void {
  const last = edits.at(-1);
  if (last?.end === start && last.text === '') last.end = end;
  else edits.push({ start, end, text: '' });
}

function refuse(reading: Reading, obstacle: Obstacle): void {
  remark(reading, { at: obstacle.at, ...explainObstacle(obstacle) });
}

function remark({ remarks }: Reading, one: Remark): void {
  if (remarks.length < MOST_REMARKS) remarks.push(one);
}

function lineEnd(bytes: Buffer, at: number, end: number): number {
  const found = bytes.indexOf(NEWLINE, at);
  return found < 0 || found >= end ? end : found + 1;
}

/** Behind the line `\.` that ends the rows (documentation, COPY, File Formats). */
function behindRows(bytes: Buffer, start: number, end: number): number | undefined {
  let at = start;
  while (at < end) {
    const next = lineEnd(bytes, at, end);
    if (bytes[at] === BACKSLASH && /^\\\.\r?\n?$/.test(bytes.toString('latin1', at, Math.min(next, at + 5))))
      return next;
    at = next;
  }
  return undefined;
}
