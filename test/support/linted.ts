import type { LintedFile, LintReporter, LintSummary, ShownFinding } from '../../src/report/linted.ts';
import { judgeSources } from '../../src/rules/lint.ts';
import { schemaOf, sourceOf } from './lint.ts';

export const SHOP =
  'CREATE TABLE customers (id bigint PRIMARY KEY); CREATE TABLE orders (id bigint, customer_id bigint, note text, total numeric);';

/** Files as the linter judges them, one change to `schema`; `loadParser` must have run. */
export function lintedFiles(files: Readonly<Record<string, string>>, schema = SHOP): readonly LintedFile[] {
  const sources = Object.entries(files).map(([file, text]) => sourceOf(text, 'none', file));
  const judged = [...judgeSources({ sources, catalog: schemaOf(schema), version: 18, severities: {} })];
  return judged.map(({ source, statements, findings, problems }) => ({
    path: source.file,
    tool: 'none',
    text: source.text,
    statements,
    findings: findings.map((finding): ShownFinding => ({ finding, exception: undefined })),
    problems,
  }));
}

export function summaryOf(changes: Partial<LintSummary> = {}): LintSummary {
  return {
    files: 1,
    unreadable: 0,
    statements: 1,
    notSeen: 0,
    errors: 1,
    warnings: 0,
    notices: 0,
    accepted: 0,
    hidden: 0,
    failOn: 'error',
    conclusion: 'findings',
    ...changes,
  };
}

/** All that a reporter writes. */
export function written(reporter: LintReporter, files: readonly LintedFile[], summary = summaryOf()): string {
  return [reporter.begin(), ...files.map((file) => reporter.file(file)), reporter.end(summary)].join('');
}
