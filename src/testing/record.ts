import { UserError } from '../errors.ts';
import type { TestsRecord } from '../evidence/schema.ts';
import type { Redact } from './redact.ts';
import type { CommandOutcome } from './run-command.ts';
import { countTests, type TestCase, type TestCounts, type TestRun } from './test-run.ts';

/** As many as the evidence keeps. */
export const MAXIMUM_FAILURES = 50;

export type TestsFacts = {
  readonly outcome: CommandOutcome;
  /** The report that the policy asked for, or why it cannot be used; undefined when none was asked for. */
  readonly junit: TestRun | UserError | undefined;
  /** Takes the branch's password and URL out of what the tests said. */
  readonly redact: Redact;
};

/**
 * Judges the test command. It passed only when it exited 0 and the report, if one was asked for, was read
 * and shows passed tests and no failure. Stopped by its time-out or ended otherwise: failed. Not started,
 * cancelled, or exited 0 without a report that proves anything: unproven.
 */
export function testsRecord({ outcome, junit, redact }: TestsFacts): TestsRecord {
  const run = junit instanceof UserError ? undefined : junit;
  const counts = run && countTests(run);
  const { status, reason } = judge(outcome, junit, counts);
  return {
    status,
    ...(reason === undefined ? {} : { reason: redact(reason) }),
    ...(outcome.exitCode === undefined ? {} : { exitCode: outcome.exitCode }),
    durationMs: outcome.durationMs,
    ...(counts === undefined ? {} : { counts: { ...counts } }),
    failures: run === undefined ? [] : failures(run, redact),
  };
}

type Judgement = { readonly status: TestsRecord['status']; readonly reason: string | undefined };

const failed = (reason: string): Judgement => ({ status: 'failed', reason });
const unproven = (reason: string): Judgement => ({ status: 'unproven', reason });

function judge(
  outcome: CommandOutcome,
  junit: TestRun | UserError | undefined,
  counts: TestCounts | undefined,
): Judgement {
  if (outcome.startFailure !== undefined) {
    return unproven(`The test command could not be started: ${outcome.startFailure}.`);
  }
  if (outcome.cancelled) return unproven('The test command was cancelled before it ended.');
  if (outcome.timedOut) return failed(`The test command was stopped by its time-out${after(outcome)}.`);
  if (outcome.exitCode !== 0) return failed(`${howItEnded(outcome)}${shown(counts)}.`);
  if (junit instanceof UserError)
    return unproven(`The test command exited 0, but ${lowerFirst(junit.message)}`);
  if (counts === undefined) return { status: 'passed', reason: undefined };
  const bad = counts.failed + counts.errored;
  if (bad > 0) return failed(`The test command exited 0, but the report shows ${plural(bad, 'failure')}.`);
  if (counts.passed > 0) return { status: 'passed', reason: undefined };
  return unproven(
    `The test command exited 0, but all ${plural(counts.skipped, 'test')} in the report were skipped.`,
  );
}

/** POSIX, shell command language 2.8.2. */
const SHELL_EXIT_CODES: Readonly<Record<number, string>> = {
  126: ' (the shell could not execute it)',
  127: ' (the shell did not find it)',
};

function howItEnded({ exitCode, signal }: CommandOutcome): string {
  if (exitCode === undefined) return `The test command was killed by ${signal ?? 'a signal'}`;
  return `The test command exited with code ${exitCode}${SHELL_EXIT_CODES[exitCode] ?? ''}`;
}

function shown(counts: TestCounts | undefined): string {
  if (counts === undefined) return '';
  const all = counts.passed + counts.failed + counts.errored + counts.skipped;
  return `; ${counts.failed + counts.errored} of ${plural(all, 'test')} failed`;
}

const after = ({ durationMs }: CommandOutcome) => ` after ${Math.round(durationMs / 1_000)} s`;

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** Errors before failures: a test that broke says less about itself and more about the change. */
function failures(run: TestRun, redact: Redact): TestsRecord['failures'] {
  const those = (status: TestCase['status']) => run.cases.filter((testCase) => testCase.status === status);
  return [...those('errored'), ...those('failed')].slice(0, MAXIMUM_FAILURES).map((testCase) => ({
    name: redact(testCase.name),
    message: redact(testCase.message ?? 'The report gives no message.'),
    ...(testCase.file === undefined ? {} : { file: redact(testCase.file) }),
    ...(testCase.line === undefined ? {} : { line: testCase.line }),
  }));
}
