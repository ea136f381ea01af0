import type { Evidence, Problem } from '../evidence/schema.ts';
import { failedMigrations } from '../evidence/verdict.ts';
import { alsoWords } from '../rules/gather.ts';
import { reportFindings } from './findings.ts';
import { clip, plain } from './plain.ts';
import { count, durationWords, lockName, sentence, waitingWords } from './words.ts';

/** One annotation on a changed file, as the runner's world takes it. */
export type ReportAnnotation = {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly endLine: number | undefined;
  /** Only where line equals endLine: GitHub refuses columns of several lines. Counted from 1; the end is exclusive. */
  readonly column?: number | undefined;
  readonly endColumn?: number | undefined;
};

/** GitHub shows 10 annotations a level and step, and drops the rest silently. */
export const MAXIMUM_ANNOTATIONS = 10;
const LEVELS = ['error', 'warning', 'notice'] as const;
const LEVEL_NOUNS = { error: 'error', warning: 'warning', notice: 'notice' } as const;

/** As much of the evidence as annotations are made from. */
export type Annotated = Pick<Evidence, 'lint' | 'rehearsal' | 'tests'> & {
  readonly policy: Pick<Evidence['policy'], 'required'>;
};

/**
 * Annotations, worst first, at most 10 a level; where there are more, the tenth counts them and says where they are.
 * Plain text, no Markdown.
 */
export function renderAnnotations(
  evidence: Annotated,
  elsewhere = 'They are in the summary of this run.',
): readonly ReportAnnotation[] {
  const all = everyAnnotation(evidence);
  return LEVELS.flatMap((level) =>
    limited(
      level,
      all.filter((annotation) => annotation.level === level),
      elsewhere,
    ),
  );
}

/** All of them, in the order of what they are about. */
export function everyAnnotation(evidence: Annotated): readonly ReportAnnotation[] {
  return [
    ...failed(evidence),
    ...problems(evidence),
    ...unproved(evidence),
    ...findings(evidence),
    ...failingTests(evidence),
  ];
}

function limited(
  level: ReportAnnotation['level'],
  all: readonly ReportAnnotation[],
  elsewhere: string,
): readonly ReportAnnotation[] {
  if (all.length <= MAXIMUM_ANNOTATIONS) return all;
  const rest = all.length - MAXIMUM_ANNOTATIONS + 1;
  const title = `${count(rest, `more ${LEVEL_NOUNS[level]}`)}`;
  return [...all.slice(0, MAXIMUM_ANNOTATIONS - 1), annotation(level, title, elsewhere, undefined)];
}

function findings(evidence: Annotated): ReportAnnotation[] {
  return reportFindings(evidence).map(({ finding, lock }) => {
    const held =
      lock?.heldMs === undefined ? '' : `, held for ${durationWords(lock.heldMs)} in the rehearsal`;
    const waiting = lock
      ? `\nLock: ${lockName(lock.mode)} on ${lock.relation}${held}; ${waitingWords(lock.mode)}.`
      : '';
    const also = alsoWords(finding);
    const told = [
      `${sentence(finding.message)}${waiting}`,
      `Instead: ${finding.help}`,
      ...(also === '' ? [] : [also]),
    ];
    const message = told.join('\n');
    // A deleted file has no lines to stand on.
    const place = finding.rule === 'deleted-migration' ? undefined : finding.place;
    return annotation(finding.severity, finding.rule, message, place);
  });
}

function failed(evidence: Annotated): ReportAnnotation[] {
  return failedMigrations(evidence).map(({ file, problem }) =>
    annotation('error', 'Migration failed', problemText(problem), problem ?? { file }),
  );
}

function problems({ lint }: Annotated): ReportAnnotation[] {
  return (lint?.problems ?? []).map((problem) =>
    annotation('error', 'Not readable as SQL', problemText(problem), problem),
  );
}

/** With the column in words: GitHub shows an annotation by whole lines. */
function problemText(problem: Problem | undefined): string {
  if (!problem) return 'The server refused it without a message.';
  const { line, column, message, hint } = problem;
  const at = line === undefined || column === undefined ? '' : `Line ${line}, column ${column}: `;
  return `${at}${sentence(message)}${hint === undefined ? '' : `\nHint: ${hint}`}`;
}

/** Checks that have only a reason to show for themselves: without this, a red job would annotate nothing. */
function unproved({ lint, rehearsal, tests, policy }: Annotated): ReportAnnotation[] {
  const checks = { lint, rehearsal, tests };
  const told = new Set<string>();
  // Migrations that cannot be read are one mistake, not one for each check that waits for them.
  if (lint?.status === 'failed' && lint.reason !== undefined && rehearsal?.reason !== undefined) {
    told.add(rehearsal.reason);
  }
  return (['lint', 'rehearsal', 'tests'] as const).flatMap((name) => {
    const check = checks[name];
    if (check?.reason === undefined || told.has(check.reason)) return [];
    told.add(check.reason);
    const title = `The ${name} ${check.status === 'failed' ? 'failed' : 'could not run'}`;
    if (check.status === 'failed') return [annotation('error', title, check.reason, undefined)];
    if (check.status !== 'unproven') return [];
    const level = policy.required.includes(name) ? 'error' : 'warning';
    return [annotation(level, title, check.reason, undefined)];
  });
}

function failingTests({ tests }: Annotated): ReportAnnotation[] {
  const failing = (tests?.failures ?? []).map(({ name, message, file, line }) =>
    annotation('error', `Test failed: ${name}`, message, file === undefined ? undefined : { file, line }),
  );
  // Its files are the base commit's, so no line of the change is theirs.
  const missing = (tests?.oldCode?.failures ?? []).map(({ name, message }) =>
    annotation('error', `Running version's test failed: ${name}`, message, undefined),
  );
  return [...failing, ...missing, ...oldCodeAlone({ tests })];
}

/** Its reason, where no failing test has told it. */
function oldCodeAlone({ tests }: Pick<Annotated, 'tests'>): ReportAnnotation[] {
  const { status, reason, failures = [] } = tests?.oldCode ?? {};
  if (reason === undefined || failures.length > 0) return [];
  if (status === 'failed')
    return [annotation('error', 'The running version does not survive this deploy', reason, undefined)];
  if (status !== 'unproven') return [];
  return [annotation('warning', 'The running version could not be tested', reason, undefined)];
}

function annotation(
  level: ReportAnnotation['level'],
  title: string,
  message: string,
  place: AnnotatedPlace | undefined,
): ReportAnnotation {
  return {
    level,
    title: clip(plain(title), 200),
    message: clip(plain(clip(message, 3000), true), 4000),
    file: place && plain(place.file),
    line: place?.line,
    endLine: place?.endLine,
    ...columns(place),
  };
}

type AnnotatedPlace = {
  readonly file: string;
  readonly line?: number | undefined;
  readonly endLine?: number;
  readonly column?: number | undefined;
  readonly endColumn?: number;
};

function columns(place: AnnotatedPlace | undefined): Pick<ReportAnnotation, 'column' | 'endColumn'> {
  const { line, endLine, column, endColumn } = place ?? {};
  if (line === undefined || line !== endLine || column === undefined || endColumn === undefined) return {};
  return { column, endColumn };
}
