import type { Problem } from '../evidence/schema.ts';
import type { Migration } from '../migrations/migration.ts';
import type { ServerError } from '../postgres/connection.ts';
import { prepare } from '../sql/prepare.ts';

/** A text that was sent to the server, and where in its file it begins (lines and columns from 1, columns in characters). */
export type SentText = {
  readonly file: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
};

/** A part of a migration file as it is sent whole: without its byte order mark and pg_dump's \\restrict lines, which are no SQL. */
export function sentPart(migration: Migration, part: { startByte: number; endByte: number }): SentText {
  const bytes = prepare(migration.text);
  const before = bytes.toString('utf8', 0, part.startByte).split('\n');
  return {
    file: migration.path,
    text: bytes.toString('utf8', part.startByte, part.endByte),
    line: before.length,
    column: [...(before.at(-1) ?? '')].length + 1,
  };
}

/** The place of the server's `position` (characters from 1, docs 53.8) in the file. */
export function placeOf(
  sent: SentText,
  position: number,
): { readonly line: number; readonly column: number } {
  let { line, column } = sent;
  let left = position - 1;
  for (const character of sent.text) {
    if (left-- <= 0) break;
    if (character === '\n') {
      line++;
      column = 1;
    } else column++;
  }
  return { line, column };
}

/** SQLSTATEs whose message quotes the value that could not be read or is too large (class 22, data exception). */
const QUOTES_VALUE = new Set(['22003', '22007', '22008', '22P02']);

/**
 * The server's words without values of rows, which are no reader's business: DETAIL of class 23 (integrity constraint
 * violation) holds a key or the whole row. A value with a position stands in the migration itself.
 */
function wordsOf({ message, detail, code, position }: ServerError): string {
  const quotes = position === undefined && QUOTES_VALUE.has(code);
  const said = quotes ? message.replace(/".*"/s, '"…"') : message;
  return detail === undefined || code.startsWith('23') ? said : `${said} (${detail})`;
}

/** The server's refusal as a problem of the file. Without a position it stands at the statement's begin. */
export function problemOf(sent: SentText, error: ServerError): Problem {
  const place = placeOf(sent, error.position ?? 1);
  return {
    file: sent.file,
    line: place.line,
    column: place.column,
    message: wordsOf(error),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    code: error.code,
  };
}

/** SQLSTATEs with which a server takes its leave: class 08 (connection), 57P01 to 57P03 (shutdown, crash, starting). */
export function isLoss(code: string): boolean {
  return code.startsWith('08') || /^57P0[1-5]$/.test(code);
}

/** The problem in one line: `file:line:column: message`. */
export function problemLine(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return `${place}: ${problem.message}`;
}

/** Limits of one rehearsal, in milliseconds. */
export type Limits = { readonly statementTimeoutMs: number; readonly lockTimeoutMs: number };

/** A refusal because of a limit names the limit (SQLSTATE 57014 query_canceled, 55P03 lock_not_available). */
export function limitProblem(problem: Problem, error: ServerError, limits: Limits): Problem {
  if (error.code === '57014') {
    return {
      ...problem,
      message: `The statement was cancelled at the limit of ${limits.statementTimeoutMs} ms for one statement.`,
      hint: 'Split the work into batches, or raise rehearsal.statement-timeout in the policy.',
    };
  }
  if (error.code !== '55P03') return problem;
  return {
    ...problem,
    hint: `Another session held the lock. The limit is ${limits.lockTimeoutMs} ms (rehearsal.lock-timeout in the policy), unless the migration sets lock_timeout itself.`,
  };
}
