import type { JudgedStatement } from '../rules/context.ts';
import type { Finding, Severity } from '../rules/rule.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import type { SqlProblem } from '../sql/statement.ts';

/** Why a finding is accepted, by whom, and through which day: `2027-01-31`; in the policy or in the file itself. */
export type Waiver = {
  readonly reason: string;
  readonly owner: string;
  readonly until: string;
  readonly source: 'policy' | 'file';
};

export type ShownFinding = { readonly finding: Finding; readonly exception: Waiver | undefined };

/** Everything that is said of one file: of the statements that could be read, and of what could not. */
export type LintedFile = {
  readonly path: string;
  /** The migration tool as which it was read; `none` for a plain file, `policy` and `history` for
   * what was complained of without being judged: the policy itself, a deleted migration. */
  readonly tool: string;
  /** The file's text, when it is at hand. */
  readonly text: string | undefined;
  readonly statements: readonly JudgedStatement[];
  readonly findings: readonly ShownFinding[];
  readonly problems: readonly SqlProblem[];
};

/** Counts over all files. `errors`, `warnings` and `notices` are without the accepted ones. */
export type LintSummary = {
  readonly files: number;
  /** Files with something that could not be read. */
  readonly unreadable: number;
  readonly statements: number;
  /** Statements whose work cannot be known. */
  readonly notSeen: number;
  readonly errors: number;
  readonly warnings: number;
  readonly notices: number;
  readonly accepted: number;
  /** Findings below the weakest severity that is shown. */
  readonly hidden: number;
  /** The weakest severity that fails. */
  readonly failOn: Severity | 'never';
  readonly conclusion: 'clean' | 'findings' | 'could not judge';
};

/** What holds for a whole run. */
export type LintRun = { readonly postgres: PostgresVersion };

/** Turns files, in the order of judgement, into text that may be written as it comes. */
export type LintReporter = {
  readonly begin: () => string;
  readonly file: (file: LintedFile) => string;
  readonly end: (summary: LintSummary) => string;
};
