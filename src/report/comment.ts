import type { Evidence } from '../evidence/schema.ts';
import { type Level, renderFitting } from './body.ts';
import { isTeardown } from './headline.ts';
import { type LastVerdict, lastVerdictLine } from './last-verdict.ts';

/** Longest comment, in UTF-8 bytes. GitHub refuses bodies over 65,536 characters; the marker and headroom come on top. */
export const MAXIMUM_COMMENT_BYTES = 60_000;

const NOTE = 'Shortened to fit into a comment; the whole report is in the summary of the run.';
const FULL: Level = {
  findings: 10,
  reasons: 10,
  migrations: 30,
  measured: 20,
  statements: 20,
  sqlLines: 25,
  failures: 10,
  accepted: 20,
  forecast: false,
  note: undefined,
};
const FEWER_LINES: Level = { ...FULL, sqlLines: 4, note: NOTE };
const NO_SQL: Level = { ...FULL, measured: 8, sqlLines: 0, note: NOTE };
const TABLE_ONLY: Level = {
  ...FULL,
  migrations: 0,
  measured: 0,
  sqlLines: 0,
  failures: 3,
  accepted: 0,
  note: NOTE,
};
const VERDICT_ONLY: Level = { ...TABLE_ONLY, findings: 0, reasons: 3, failures: 0 };

/** The levels of a comment, fullest first. */
export const COMMENT_LEVELS: readonly Level[] = [FULL, FEWER_LINES, NO_SQL, TABLE_ONLY, VERDICT_ONLY];

/**
 * The comment on the pull request as Markdown, without the marker, at the fullest level that fits 60,000 bytes.
 * `last`: what the comment said before the branch was removed.
 */
export function renderComment(evidence: Evidence, last?: LastVerdict): string {
  const body = renderFitting(evidence, COMMENT_LEVELS, MAXIMUM_COMMENT_BYTES);
  if (last === undefined || !isTeardown(evidence)) return body;
  const [title, ...rest] = body.split('\n\n');
  return [title, lastVerdictLine(last), ...rest].join('\n\n');
}
