import { placeKey } from '../evidence/place-key.ts';
import type { Evidence, MigrationRun, Problem } from '../evidence/schema.ts';
import { distinctFindings, failsOn } from '../evidence/verdict.ts';
import { groupBy } from '../group-by.ts';
import { alsoWords } from '../rules/gather.ts';
import type { Finding } from '../rules/rule.ts';
import { type SeenStatement, seenStatements } from './findings.ts';
import { clip } from './plain.ts';

/** How a statement ended. `why` and `message` are one sentence; `text` may have several lines. */
export type Ending =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'failed'; readonly type: string; readonly message: string; readonly text: string };

export type RehearsedCase = {
  readonly name: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly durationMs: number | undefined;
  readonly ending: Ending;
  /** What was found and does not fail. */
  readonly notes: readonly string[];
};

export type RehearsedSuite = {
  readonly name: string;
  readonly file: string | undefined;
  readonly durationMs: number | undefined;
  readonly cases: readonly RehearsedCase[];
};

const LONGEST_NAME = 100;
const LONGEST_MESSAGE = 500;
const LONGEST_SQL = 4000;
const PASSED: Ending = { kind: 'passed' };

type Known = {
  readonly statements: ReadonlyMap<string, readonly SeenStatement[]>;
  readonly runs: ReadonlyMap<string, MigrationRun>;
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  readonly evidence: Evidence;
};

/**
 * The rehearsal as suites and cases, in the order of application; files that are only complained of come last. Never
 * without a case: what was not rehearsed at all is one that was skipped, or that failed with the rehearsal.
 */
export function rehearsedSuites(evidence: Evidence): readonly RehearsedSuite[] {
  const runs = evidence.rehearsal?.migrations ?? [];
  const known: Known = {
    statements: groupBy(seenStatements(evidence), ({ place }) => place.file),
    runs: new Map(runs.map((run) => [run.file, run])),
    findings: groupBy(distinctFindings(evidence), ({ place }) => place.file),
    problems: groupBy(evidence.lint?.problems ?? [], ({ file }) => file),
    evidence,
  };
  const files = new Set([
    ...runs.map(({ file }) => file),
    ...(evidence.migrations?.added ?? []),
    ...known.statements.keys(),
    ...known.problems.keys(),
    ...known.findings.keys(),
  ]);
  const suites = [...files].map((file) => suiteOf(file, known));
  return [...suites, ...wholeOf(evidence, suites)];
}

function suiteOf(file: string, known: Known): RehearsedSuite {
  const run = known.runs.get(file);
  const statements = (known.statements.get(file) ?? []).toSorted(
    (a, b) => a.place.startByte - b.place.startByte,
  );
  const findings = known.findings.get(file) ?? [];
  const failure = failureOf(run, statements);
  const keys = new Set(statements.map(({ place }) => placeKey(place)));
  const homeless = findings.filter(({ place }) => !keys.has(placeKey(place)));
  const cases = [
    ...statements.map((statement) => statementCase(statement, findings, failure, known)),
    ...problemCases(file, known, failure),
    ...homeless.map((finding) => findingCase(finding, known)),
  ];
  const only = cases.length > 0 ? cases : [lonelyCase(file, run, known)];
  return { name: file, file, durationMs: run?.durationMs, cases: only };
}

type Failure = {
  readonly ending: Ending;
  readonly at: SeenStatement | undefined;
  readonly line: number | undefined;
};

/** How a migration failed, and the statement that it failed in, as far as the server's words lead to one. */
function failureOf(run: MigrationRun | undefined, statements: readonly SeenStatement[]): Failure | undefined {
  if (run?.outcome !== 'failed') return undefined;
  const { problem, state } = run;
  const line = problem?.line;
  const at = statements.find(
    ({ place, observed }) =>
      line !== undefined &&
      place.line <= line &&
      line <= place.endLine &&
      (observed === undefined || problem?.file === place.file),
  );
  const message = problem?.message ?? 'The server gave no message.';
  const text = [message, problem?.hint, problem?.code && `SQLSTATE ${problem.code}`, state];
  return {
    ending: failed('migration-failed', message, text.filter(Boolean).join('\n')),
    at,
    line,
  };
}

function statementCase(
  statement: SeenStatement,
  all: readonly Finding[],
  failure: Failure | undefined,
  known: Known,
): RehearsedCase {
  const { place, sql, observed } = statement;
  const findings = all.filter((finding) => placeKey(finding.place) === placeKey(place));
  const { failOn } = known.evidence.policy;
  const failing = findings.filter(({ severity }) => failsOn(severity, failOn));
  const mild = findings.filter(({ severity }) => !failsOn(severity, failOn));
  const notRun: Ending = { kind: 'skipped', why: whyNotRun(place.file, failure, known) };
  return {
    name: headOf(sql),
    file: place.file,
    line: place.line,
    durationMs: observed?.durationMs,
    ending:
      (failure?.at === statement ? failure.ending : undefined) ??
      found(failing, sql) ??
      (observed === undefined ? notRun : PASSED),
    notes: mild.map(noteOf),
  };
}

/** What the parser refused, and a failure that no statement is known of. */
function problemCases(file: string, known: Known, failure: Failure | undefined): readonly RehearsedCase[] {
  const unread = (known.problems.get(file) ?? []).map((problem) =>
    caseOf(
      'is SQL that can be read',
      file,
      problem.line,
      failed('unreadable', problem.message, problem.hint ?? ''),
    ),
  );
  if (failure === undefined || failure.at !== undefined) return unread;
  return [...unread, caseOf('is applied', file, failure.line, failure.ending)];
}

/** A complaint about what is no statement of the change: the migration's place in the history, a merged file. */
function findingCase(finding: Finding, { evidence }: Known): RehearsedCase {
  const fails = failsOn(finding.severity, evidence.policy.failOn);
  const ending = (fails ? found([finding], '') : undefined) ?? PASSED;
  const { file, line } = finding.place;
  return { ...caseOf(finding.rule, file, line, ending), notes: fails ? [] : [noteOf(finding)] };
}

function lonelyCase(file: string, run: MigrationRun | undefined, known: Known): RehearsedCase {
  const ending: Ending = run ? PASSED : { kind: 'skipped', why: whyNotRun(file, undefined, known) };
  return { ...caseOf('is applied', file, undefined, ending), durationMs: run?.durationMs };
}

function whyNotRun(file: string, failure: Failure | undefined, { evidence, runs }: Known): string {
  if (failure !== undefined) return 'Not run: the migration failed.';
  const { rehearsal } = evidence;
  if (rehearsal === undefined) return 'Not run: there was no rehearsal.';
  if (runs.has(file)) return 'Not seen in the rehearsal.';
  if (rehearsal.reason !== undefined) return `Not run: ${rehearsal.reason}`;
  const broken = rehearsal.migrations.some(({ outcome }) => outcome === 'failed');
  return broken ? 'Not run: an earlier migration failed.' : 'Not part of the rehearsal.';
}

/** The rehearsal itself, where nothing else tells how it ended. */
function wholeOf({ rehearsal }: Evidence, suites: readonly RehearsedSuite[]): readonly RehearsedSuite[] {
  const isTold = suites.some(({ cases }) => cases.some(({ ending }) => ending.kind === 'failed'));
  const reason = rehearsal?.reason;
  const fails = rehearsal?.status === 'failed' && !isTold;
  if (!fails && suites.length > 0) return [];
  const ending = fails
    ? failed('rehearsal-failed', reason ?? 'The rehearsal failed.', reason ?? '')
    : ({ kind: 'skipped', why: reason ?? 'There was no migration to rehearse.' } as const);
  const cases = [caseOf('is rehearsed', undefined, undefined, ending)];
  return [{ name: 'The change', file: undefined, durationMs: undefined, cases }];
}

function found(findings: readonly Finding[], sql: string): Ending | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  const told = findings.flatMap((finding) => [
    noteOf(finding),
    `Instead: ${finding.help}`,
    alsoWords(finding),
  ]);
  return failed(
    first.rule,
    first.message,
    [...told, clip(sql, LONGEST_SQL)].filter((text) => text !== '').join('\n'),
  );
}

function noteOf({ rule, severity, message }: Finding): string {
  return `${severity}: ${message} (${rule})`;
}

function failed(type: string, message: string, text: string): Ending {
  return { kind: 'failed', type, message: clip(message, LONGEST_MESSAGE), text };
}

function caseOf(
  name: string,
  file: string | undefined,
  line: number | undefined,
  ending: Ending,
): RehearsedCase {
  return { name, file, line, durationMs: undefined, ending, notes: [] };
}

/** The first words of a statement, on one line. */
function headOf(sql: string): string {
  const head = clip(
    sql
      .slice(0, 4 * LONGEST_NAME)
      .replaceAll(/\s+/g, ' ')
      .trim(),
    LONGEST_NAME,
  );
  return head === '' ? 'statement' : head;
}
