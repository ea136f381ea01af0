import type { Evidence, StatementRecord } from '../evidence/schema.ts';
import { type ReportAnnotation, renderAnnotations } from '../report/annotations.ts';
import { jsonReporter } from '../report/lint-json.ts';
import { summaryText, textReporter } from '../report/lint-text.ts';
import type { LintedFile, LintReporter, LintRun, LintSummary } from '../report/linted.ts';
import { penOf } from '../report/pen.ts';
import { plain } from '../report/plain.ts';
import { sarifReporter } from '../report/sarif.ts';
import type { Finding } from '../rules/rule.ts';
import { inert } from '../runner/inert.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { rulePages } from './rule-pages.ts';

export const LINT_FORMATS = ['text', 'json', 'sarif', 'github'] as const;
export type LintFormat = (typeof LINT_FORMATS)[number];

/** Where the result goes, and how. */
export type LintOutput = {
  readonly format: LintFormat;
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Writes a part of the result; resolves when more may come. */
  readonly write: (text: string) => Promise<void>;
  /** Prints an annotation of GitHub's. */
  readonly annotate: (annotation: ReportAnnotation) => void;
};

/** The reporter of a format. */
export async function reporterOf(output: LintOutput, run: LintRun): Promise<LintReporter> {
  const text = { color: output.color, columns: output.columns, clean };
  switch (output.format) {
    case 'text':
      return textReporter(run, text);
    case 'json':
      return jsonReporter(run);
    case 'sarif':
      return sarifReporter(await rulePages());
    case 'github':
      return annotationReporter(run, output, (summary) => summaryText(summary, run, penOf(text)));
  }
}

/** Control characters are shown, and what a runner would take for a command is broken. */
function clean(text: string): string {
  return inert(plain(text));
}

function annotationReporter(
  { postgres }: LintRun,
  { annotate }: LintOutput,
  summed: (summary: LintSummary) => string,
): LintReporter {
  const findings: Finding[] = [];
  const problems: SqlProblem[] = [];
  const statements: StatementRecord[] = [];
  return {
    begin: () => '',
    file: (file) => {
      const open = file.findings.filter(({ exception }) => exception === undefined);
      findings.push(...open.map(({ finding }) => finding));
      statements.push(...complainedOf(file));
      problems.push(...file.problems);
      return '';
    },
    end: (summary) => {
      const lint: NonNullable<Evidence['lint']> = {
        status: summary.conclusion === 'clean' ? 'passed' : 'failed',
        postgresVersion: postgres,
        files: [],
        statements,
        findings,
        accepted: [],
        problems,
      };
      const policy = { required: [] };
      for (const one of renderAnnotations({ lint, policy }, 'pullgres lint --format text lists them.'))
        annotate(one);
      return summed(summary);
    },
  };
}

/** The statements that have findings: an annotation tells their lock. */
function complainedOf({ statements, findings }: LintedFile): readonly StatementRecord[] {
  const starts = new Set(findings.map(({ finding }) => finding.place.startByte));
  const chosen = statements.filter(({ statement }) => starts.has(statement.place.startByte));
  return chosen.map(({ statement: { place, kind }, effects }) => ({
    place,
    sql: '',
    kind,
    seen: effects.seen,
    effects: effects.relations,
  }));
}
