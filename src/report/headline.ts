import type { Evidence, Problem, Verdict } from '../evidence/schema.ts';
import { failedMigrations, failsOn } from '../evidence/verdict.ts';
import { thousands } from '../thousands.ts';
import type { ReportFinding } from './findings.ts';
import { named } from './markdown.ts';
import { clip } from './plain.ts';
import { count, durationWords, listWords } from './words.ts';

/** Glyph and words: colour and glyph never speak alone. */
export const VERDICT_WORDS: Record<
  Verdict['conclusion'],
  { readonly glyph: string; readonly words: string }
> = {
  pass: { glyph: '✅', words: 'Ready to merge' },
  warn: { glyph: '⚠️', words: 'Can be merged, with warnings' },
  unproven: { glyph: '❔', words: 'Not proved' },
  fail: { glyph: '❌', words: 'Do not merge yet' },
};

/** The verdict in one line of plain text in which `…` marks code. */
export function headline(evidence: Evidence, findings: readonly ReportFinding[]): string {
  const { conclusion } = evidence.verdict;
  const { glyph, words } = VERDICT_WORDS[conclusion];
  if (isTeardown(evidence)) {
    const gone = evidence.teardown?.removed ? 'Branch removed' : 'Branch already gone';
    return `${glyph} ${gone}`;
  }
  const causes = { pass: passed, warn: warned, unproven, fail: failed }[conclusion](evidence, findings);
  return causes === '' ? `${glyph} ${words}` : `${glyph} ${words}: ${causes}`;
}

/** Whether this run only removed a branch: there is nothing to judge. */
export function isTeardown({ teardown, lint, rehearsal, tests }: Evidence): boolean {
  return teardown !== undefined && !lint && !rehearsal && !tests;
}

/** What to do now: one sentence in which `…` marks code, or undefined when there is nothing to do. */
export function nextStep(evidence: Evidence, findings: readonly ReportFinding[]): string | undefined {
  if (evidence.verdict.conclusion === 'pass' || isTeardown(evidence)) return undefined;
  return (
    stepBeforeFindings(evidence) ??
    stepForFinding(evidence, findings) ??
    stepForTests(evidence) ??
    stepForMissingProof(evidence) ??
    otherStep(evidence)
  );
}

/** Whether `nextStep` is the first finding's own help. */
export function stepIsFindings(evidence: Evidence, findings: readonly ReportFinding[]): boolean {
  return (
    evidence.verdict.conclusion !== 'pass' &&
    stepBeforeFindings(evidence) === undefined &&
    stepForFinding(evidence, findings) !== undefined
  );
}

function stepBeforeFindings(evidence: Evidence): string | undefined {
  return stepForFailedMigration(evidence) ?? stepForProblem(evidence) ?? stepForRefused(evidence);
}

/** What was done, in one line: 2 new migrations · rehearsed in 4.3 s · tests: 128 passed. A pass says so in its headline. */
export function factsLine({ migrations, rehearsal, tests, lint, verdict }: Evidence): string | undefined {
  if (verdict.conclusion === 'pass') return undefined;
  const applied = (rehearsal?.migrations ?? []).filter(({ outcome }) => outcome === 'applied');
  const total = (rehearsal?.migrations ?? []).reduce((sum, { durationMs }) => sum + durationMs, 0);
  const facts = [
    migrations &&
      (migrations.added.length > 0 || migrations.altered.length === 0) &&
      count(migrations.added.length, 'new migration'),
    migrations &&
      migrations.altered.length > 0 &&
      `${count(migrations.altered.length, 'merged migration')} changed`,
    lint && lint.statements.length > 0 && count(lint.statements.length, 'statement'),
    applied.length > 0 &&
      `${applied.length === rehearsal?.migrations.length ? '' : `${applied.length} `}rehearsed in ${durationWords(total)}`,
    tests?.counts && `tests: ${testWords(tests.counts)}`,
  ].filter((fact) => typeof fact === 'string');
  return facts.length > 0 ? facts.join(' · ') : undefined;
}

/** 126 passed, 2 failed, 1 skipped. */
export function testWords(counts: NonNullable<NonNullable<Evidence['tests']>['counts']>): string {
  const bad = counts.failed + counts.errored;
  const parts = [`${thousands(counts.passed)} passed`];
  if (bad > 0) parts.push(`${bad} failed`);
  if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`);
  return parts.join(', ');
}

function passed({ migrations, rehearsal, tests }: Evidence, findings: readonly ReportFinding[]): string {
  const runs = rehearsal?.migrations ?? [];
  const time = durationWords(runs.reduce((sum, { durationMs }) => sum + durationMs, 0));
  const notices = countOf(findings, () => true);
  const found = notices > 0 ? count(notices, 'notice') : 'nothing found';
  const facts = [
    migrations?.added.length === 0 && 'no new migrations',
    runs.length > 0 && `${count(runs.length, 'new migration')} applied in ${time}, ${found}`,
    tests?.status === 'passed' &&
      (tests.counts ? `${count(tests.counts.passed, 'test')} passed` : 'tests passed'),
  ];
  return facts.filter((fact) => typeof fact === 'string').join(', ');
}

function warned({ lint, rehearsal, tests }: Evidence, findings: readonly ReportFinding[]): string {
  const warnings = countOf(findings, (severity) => severity !== 'notice');
  const unseen = lint?.statements.filter(({ seen }) => !seen).length ?? 0;
  const unrun = [lint, rehearsal, tests, tests?.oldCode].filter(
    (check) => check?.status === 'unproven',
  ).length;
  const causes = [
    warnings > 0 && count(warnings, 'finding'),
    unseen > 0 && `${count(unseen, 'statement')} not understood`,
    unrun > 0 && `${count(unrun, 'check')} could not run`,
  ];
  return listWords(causes.filter((cause) => typeof cause === 'string'));
}

function unproven(evidence: Evidence): string {
  const { required } = evidence.policy;
  const names = required.filter((name) => evidence[name]?.status !== 'passed').map((name) => `the ${name}`);
  const isOldCodeOpen = required.includes('tests') && evidence.tests?.oldCode?.status === 'unproven';
  const all = [...names, ...(isOldCodeOpen ? ['the running version’s tests'] : [])];
  return all.length > 0 ? `${listWords(all)} could not be completed` : '';
}

function failed(evidence: Evidence, findings: readonly ReportFinding[]): string {
  const { lint, tests, policy } = evidence;
  const failing = countOf(findings, (severity) => failsOn(severity, policy.failOn));
  const causes = [
    failedMigrations(evidence).length > 0 && 'a migration failed',
    isRefused(evidence) && 'the migrations could not be read',
    lint &&
      lint.problems.length > 0 &&
      `${count(new Set(lint.problems.map(({ file }) => file)).size, 'file')} could not be read`,
    failing > 0 && `${count(failing, 'finding')} must be resolved`,
    tests?.status === 'failed' && 'the tests failed',
    tests?.oldCode?.status === 'failed' && 'the running version does not survive this deploy',
  ];
  const named = causes.filter((cause) => typeof cause === 'string');
  return listWords(named.length > 0 ? named : ['a check failed']);
}

type Severity = ReportFinding['finding']['severity'];

/** The findings of such severities, those that stand beneath another included. */
export function countOf(
  findings: readonly ReportFinding[],
  isMeant: (severity: Severity) => boolean,
): number {
  return findings
    .flatMap(({ finding }) => [finding, ...(finding.also ?? [])])
    .filter(({ severity }) => isMeant(severity)).length;
}

function otherStep({ verdict }: Evidence): string {
  return verdict.conclusion === 'warn'
    ? 'Read the warnings; nothing has to change.'
    : 'Mend what is named here and push again.';
}

/** The migrations as a whole are not what their tool would take, and no finding says of which that is: a file that is not UTF-8. */
function isRefused({ lint, policy }: Evidence): boolean {
  const isExplained = lint?.findings.some(({ severity }) => failsOn(severity, policy.failOn)) ?? false;
  return lint?.status === 'failed' && lint.reason !== undefined && lint.files.length === 0 && !isExplained;
}

function stepForRefused(evidence: Evidence): string | undefined {
  return isRefused(evidence) ? 'Mend the migrations as said here, and push again.' : undefined;
}

function stepForFailedMigration(evidence: Evidence): string | undefined {
  const [failure] = failedMigrations(evidence);
  if (!failure) return undefined;
  const where = pointOf(failure.problem ?? failure);
  const { code, hint } = failure.problem ?? {};
  // Without a SQLSTATE it is not the server that stopped it, but we or the command itself.
  const refused = code === undefined ? '' : ', which the server refused';
  return `Correct ${named(where)}${refused}${hint ? `. Its hint: ${clip(hint, 300)}` : '.'}`;
}

function stepForProblem({ lint }: Evidence): string | undefined {
  const problem = lint?.problems[0];
  if (!problem) return undefined;
  const where = pointOf(problem);
  return `Correct the SQL at ${named(where)}${problem.hint ? `: ${clip(problem.hint, 300)}` : '.'}`;
}

function pointOf({
  file,
  line,
  column,
}: Pick<Problem, 'file' | 'line'> & Partial<Pick<Problem, 'column'>>): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

function stepForFinding({ policy }: Evidence, findings: readonly ReportFinding[]): string | undefined {
  const failing = findings.filter(({ finding }) => failsOn(finding.severity, policy.failOn));
  const first = failing[0]?.finding;
  if (!first) return undefined;
  const where = named(`${first.place.file}:${first.place.line}`);
  const others = countOf(findings, (severity) => failsOn(severity, policy.failOn)) - 1;
  const more =
    others > 0 ? ` Then resolve the other ${others === 1 ? 'finding' : `${others} findings`}.` : '';
  return `At ${where}: ${clip(first.help, 400)}${more}`;
}

const STEP_FOR_OLD_CODE =
  'Let the migration keep what the running version uses, and take it away in a later deploy.';

function stepForTests({ tests }: Evidence): string | undefined {
  if (tests?.status !== 'failed' && tests?.oldCode?.status === 'failed') return STEP_FOR_OLD_CODE;
  if (tests?.status !== 'failed') return undefined;
  const [first] = tests.failures;
  if (!first) return 'Read the test command’s output in the run’s log.';
  const at = first.file === undefined ? '' : ` (${named(pointOf({ ...first, file: first.file }))})`;
  const which = tests.failures.length > 1 ? 'Mend the failing tests; the first is' : 'Mend the failing test,';
  return `${which} ${named(first.name)}${at}.`;
}

function stepForMissingProof({ verdict }: Evidence): string | undefined {
  if (verdict.conclusion !== 'unproven') return undefined;
  return 'Mend what is named here and run the job again: what the policy requires must be proved.';
}
