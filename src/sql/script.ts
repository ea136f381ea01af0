import { thousands } from '../thousands.ts';
import { applyEdits, type Edited } from './edits.ts';
import { explainObstacle } from './hints.ts';
import type { Variables } from './meta-arguments.ts';
import { type RefusedPiece, readPiece, type Source } from './parse.ts';
import { locate } from './place.ts';
import { readingProblems } from './reading-settings.ts';
import { MOST_REMARKS, type Remark, scriptEdits } from './script-edits.ts';
import { FRESH, type Piece, readToken, skipBlank, splitStatements } from './split.ts';
import type { SqlProblem, Statement } from './statement.ts';

export type ScriptOptions = {
  readonly range?: { readonly startByte: number; readonly endByte: number } | undefined;
  /** The file is run by psql, and its meta-commands mean something; else a server gets the text as it stands. */
  readonly psql?: boolean | undefined;
  /** Values of psql's variables (`:name`) and of placeholders (`${name}`, `{{ name }}`). */
  readonly variables?: Variables | undefined;
  /** The text is a dump, whose \connect names the very database that it makes. */
  readonly connectsToTheSame?: boolean | undefined;
  /** The tool cuts the text at this mark before a server sees it, in comments and strings too. */
  readonly cutsAt?: string | undefined;
  /** Lines in whose place the tool puts another file (a global expression, line by line). */
  readonly includes?: RegExp | undefined;
};

export type Script = {
  readonly statements: readonly Statement[];
  /** What could not be judged, in the order of the text; the statements beside it are there all the same. */
  readonly problems: readonly SqlProblem[];
};

const NO_VARIABLES: Variables = new Map();

/**
 * Reads every statement of a text that can be read, and says what could not: one that the grammar refuses does not keep
 * those beside it from being judged. `loadParser` must have run.
 */
export function readScript(text: string, file: string, options: ScriptOptions = {}): Script {
  const original = Buffer.from(text);
  const { startByte: start, endByte: end } = options.range ?? { startByte: 0, endByte: original.length };
  const { bytes, remarks: nul } = withoutNul(original, start, end);
  const { pieces, edited, remarks } = cut(bytes, start, end, options);
  const locator = locate(bytes);
  const source = { file, bytes: edited?.bytes ?? bytes, locator: edited?.through(locator) ?? locator };
  const { statements, problems } = readPieces(source, pieces);
  const { at } = locate(bytes);
  const told = [...nul, ...remarks, ...inclusions(original, start, end, options.includes)].map((one) => ({
    file,
    ...at(one.at),
    message: one.message,
    hint: one.hint,
  }));
  return {
    statements:
      edited || nul.length > 0 ? statements.map((one) => marked(one, original, edited)) : statements,
    problems: [...problems, ...told, ...readingProblems(statements, original)].toSorted(byPlace),
  };
}

function inclusions(bytes: Buffer, start: number, end: number, lines: RegExp | undefined): readonly Remark[] {
  if (lines === undefined) return [];
  // Latin-1, so that characters are bytes.
  return [...bytes.toString('latin1', start, end).matchAll(lines)]
    .slice(0, MOST_REMARKS)
    .map(({ index }) => ({
      at: start + index,
      message: 'the file that is put in here is not followed, so what it does is not judged',
      hint: 'Judge that file as well, or the migration once it is committed, which holds its text.',
    }));
}

function byPlace(a: SqlProblem, b: SqlProblem): number {
  return a.line - b.line || a.column - b.column;
}

function marked(statement: Statement, original: Buffer, edited: Edited | undefined): Statement {
  const { startByte, endByte } = statement.place;
  const isOther = edited?.touches(startByte, endByte) || original.subarray(startByte, endByte).includes(0);
  return isOther ? { ...statement, rendered: true } : statement;
}

/** A NUL byte is told of once and read as a blank, unless the text is full of them, as UTF-16 is. */
function withoutNul(bytes: Buffer, start: number, end: number) {
  const first = bytes.subarray(start, end).indexOf(0);
  if (first < 0) return { bytes, remarks: [] };
  const remarks = [{ at: start + first, ...explainObstacle({ at: first, kind: 'nul byte', name: '' }) }];
  const blanked = Buffer.from(bytes);
  let count = 0;
  for (let at = start + first; at >= 0 && at < end; at = blanked.indexOf(0, at)) {
    blanked[at] = 0x20;
    count += 1;
  }
  return { bytes: count * 4 > end - start ? blanked.fill(0x20, start, end) : blanked, remarks };
}

type Cut = {
  readonly pieces: readonly Piece[];
  /** Undefined when the text is read as it stands. */
  readonly edited: Edited | undefined;
  readonly remarks: readonly Remark[];
};

function cut(bytes: Buffer, start: number, end: number, options: ScriptOptions): Cut {
  const { psql = false, variables = NO_VARIABLES, connectsToTheSame = false, cutsAt } = options;
  const parts = partsOf(bytes, start, end, cutsAt);
  const plain = parts.map((part) => splitStatements(bytes, part.start, part.end));
  if (plain.every(({ obstacle }) => obstacle === undefined) && variables.size === 0)
    return { pieces: plain.flatMap(({ pieces }) => pieces), edited: undefined, remarks: [] };
  const found = parts.map((part) => scriptEdits(bytes, { ...part, psql, variables, connectsToTheSame }));
  const edited = applyEdits(
    bytes,
    found.flatMap(({ edits }) => edits),
  );
  const again = parts.map((part) =>
    splitStatements(edited.bytes, edited.offset(part.start), edited.offset(part.end), true),
  );
  // Only a value that was put in can still hold one.
  const left = again.flatMap(({ obstacle }) =>
    obstacle === undefined ? [] : [{ at: edited.original(obstacle.at), ...explainObstacle(obstacle) }],
  );
  return {
    pieces: again.flatMap(({ pieces }) => pieces),
    edited,
    remarks: [...found.flatMap(({ remarks }) => remarks), ...left],
  };
}

/** The text between the marks at which its tool cuts it, wherever they stand. */
function partsOf(bytes: Buffer, start: number, end: number, mark: string | undefined): readonly Piece[] {
  if (mark === undefined) return [{ start, end }];
  const parts: Piece[] = [];
  const length = Buffer.byteLength(mark);
  let from = start;
  for (let at = bytes.indexOf(mark, from); at >= 0 && at + length <= end; at = bytes.indexOf(mark, from)) {
    parts.push({ start: from, end: at });
    from = at + length;
  }
  return [...parts, { start: from, end }];
}

/** Refused statements of one text, behind which nothing is read any more. */
const MOST_REFUSED = 1000;
/** Statements of one text: each takes 2 to 4 KB until the file is judged. */
const MOST_STATEMENTS = 500_000;
/** Bytes of one statement: a tree takes a hundred times as much. */
const LONGEST_STATEMENT = 16 * 1024 * 1024;

function readPieces(source: Source, pieces: readonly Piece[]) {
  const statements: Statement[] = [];
  const refused: SqlProblem[] = [];
  const readAll = (list: readonly Piece[]): number | undefined => {
    let lastRefusedAt: number | undefined;
    for (const piece of list) {
      const full = statements.length >= MOST_STATEMENTS;
      if (refused.length > MOST_REFUSED || full) {
        if (full) refused.push(beyond(source, piece, TOO_MANY));
        return undefined;
      }
      const refusal = readBounded(source, piece, statements);
      lastRefusedAt = refusal?.at;
      if (refusal !== undefined) refused.push(refusal.problem);
    }
    return lastRefusedAt;
  };
  const refusedAt = readAll(pieces);
  const last = pieces.at(-1);
  if (last !== undefined && refusedAt !== undefined) readAll(swallowed(source.bytes, last, refusedAt));
  return { statements, problems: toldOf(refused) };
}

function readBounded(source: Source, piece: Piece, into: Statement[]): RefusedPiece | undefined {
  if (piece.end - piece.start <= LONGEST_STATEMENT) return readPiece(source, piece, into);
  return { problem: beyond(source, piece, TOO_LONG), at: piece.start };
}

type Words = Pick<SqlProblem, 'message' | 'hint'>;

const LOAD = 'A migration of this size carries data: load the data by another way.';
const TOO_LONG: Words = { message: 'a statement of more than 16 MiB is not judged', hint: LOAD };
const TOO_MANY: Words = {
  message: `behind ${thousands(MOST_STATEMENTS)} statements of one file nothing is judged`,
  hint: LOAD,
};

function beyond({ file, locator }: Source, { start }: Piece, words: Words): SqlProblem {
  return { file, ...locator.at(start), ...words };
}

/** The first hundred, and how many more there are. */
function toldOf(refused: readonly SqlProblem[]): readonly SqlProblem[] {
  const next = refused[MOST_REMARKS];
  if (next === undefined) return refused;
  const count = thousands(refused.length - MOST_REMARKS);
  const message =
    refused.length > MOST_REFUSED
      ? `from here on ${count} more statements could not be read, and what stands behind them was not tried`
      : `from here on ${count} more statements could not be read`;
  return [
    ...refused.slice(0, MOST_REMARKS),
    { ...next, message, hint: 'Mend the first ones, and lint again.' },
  ];
}

/**
 * A parenthesis that is never closed draws all that follows into its statement, as for psql: that is the last one. What stands behind the
 * next semicolon is read all the same.
 */
function swallowed(bytes: Buffer, piece: Piece, refusedAt: number): readonly Piece[] {
  const whole = endsOf(bytes, piece.start, piece.end);
  if (whole.parens <= 0) return [];
  const ends = whole.semicolons.filter((at) => at >= refusedAt);
  return ends.map((semicolon, index) => {
    const end = ends[index + 1] ?? piece.end;
    return { start: firstToken(bytes, semicolon + 1, end), end };
  });
}

function firstToken(bytes: Buffer, start: number, end: number): number {
  let at = start;
  for (let next = at; next < end; at = next) {
    next = skipBlank(bytes, at, end);
    if (next === at) break;
  }
  return at;
}

/** The semicolons outside strings and comments, and the parentheses that stay open. */
function endsOf(bytes: Buffer, start: number, end: number) {
  const state = { ...FRESH };
  const semicolons: number[] = [];
  let at = start;
  while (at < end) {
    const blank = skipBlank(bytes, at, end);
    if (blank === at && bytes[at] === 0x3b) semicolons.push(at);
    at = blank > at ? blank : readToken(bytes, at, end, state);
  }
  return { semicolons, parens: state.parens };
}
