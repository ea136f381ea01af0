import type { Evidence, Verdict } from '../evidence/schema.ts';
import { everyAnnotation } from './annotations.ts';
import { reportFindings } from './findings.ts';
import { headline } from './headline.ts';
import { clip, plain } from './plain.ts';

/** A check's annotation as GitHub's API has it. */
export type CheckAnnotationFields = {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
};

/** GitHub takes no longer title of a check or an annotation (its API answers 422). */
export const MAXIMUM_TITLE = 255;
/** Four requests. Whoever has more has them in the summary; each request is one of a typical run's few. */
const MAXIMUM_ANNOTATIONS = 200;

/**
 * `success`, `neutral` and `skipped` satisfy a required check (docs: "About status checks"), so what is not proved is
 * none of these.
 */
export const CHECK_CONCLUSIONS: Record<Verdict['conclusion'], 'success' | 'failure' | 'action_required'> = {
  pass: 'success',
  warn: 'success',
  fail: 'failure',
  unproven: 'action_required',
};

export const STATUS_STATES: Record<Verdict['conclusion'], 'success' | 'failure' | 'error'> = {
  pass: 'success',
  warn: 'success',
  fail: 'failure',
  unproven: 'error',
};

/** The verdict as one line of plain text of at most `maximum` characters; the glyph is left to whoever shows the state. */
export function verdictLine(evidence: Evidence, maximum: number): string {
  const words = headline(evidence, reportFindings(evidence))
    .replaceAll('`', '')
    .replace(/^\P{L}+/u, '');
  return clip(plain(words), maximum);
}

/** What stands on a line of a file, worst first. A job's own annotations, ten a level, tell the rest. */
export function checkAnnotations(evidence: Evidence): readonly CheckAnnotationFields[] {
  const all = everyAnnotation(evidence).flatMap((annotation): readonly CheckAnnotationFields[] => {
    const { file, line = 1, level, title, message, column, endColumn } = annotation;
    if (file === undefined) return [];
    const columns =
      column === undefined || endColumn === undefined ? {} : { start_column: column, end_column: endColumn };
    return [
      {
        path: file,
        start_line: line,
        end_line: Math.max(line, annotation.endLine ?? line),
        ...columns,
        annotation_level: level === 'error' ? 'failure' : level,
        title: clip(title, MAXIMUM_TITLE),
        message,
      },
    ];
  });
  const rank = { failure: 0, warning: 1, notice: 2 };
  const worst = all.toSorted((a, b) => rank[a.annotation_level] - rank[b.annotation_level]);
  return worst.slice(0, MAXIMUM_ANNOTATIONS);
}
