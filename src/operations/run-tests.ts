import type { TestsRecord } from '../evidence/schema.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { connectionUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import { readReport, stampReport } from '../testing/read-report.ts';
import { testsRecord } from '../testing/record.ts';
import { redactor } from '../testing/redact.ts';
import { runCommand } from '../testing/run-command.ts';
import type { TestRun } from '../testing/test-run.ts';

export type TestCommand = {
  readonly command: string;
  /** Relative to the place's directory. */
  readonly junit: string | undefined;
  readonly timeoutMs: number;
};

/** Where a test command runs. */
export type TestPlace = {
  readonly directory: string;
  readonly facts: ConnectionFacts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Set over all else. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
};

export type Ran = {
  readonly record: TestsRecord;
  /** The report, where one was asked for and could be read. */
  readonly run: TestRun | undefined;
  /** The last lines of output, redacted. */
  readonly tail: readonly string[];
};

/** Runs the command once and judges it. @throws the signal's reason when the job is cancelled. */
export async function runTests(
  { signal }: World,
  { command, junit: file, timeoutMs }: TestCommand,
  place: TestPlace,
): Promise<Ran> {
  const { directory, facts } = place;
  const before = file === undefined ? undefined : await stampReport(directory, file);
  const outcome = await runCommand({ ...place, command, timeoutMs, signal });
  signal.throwIfAborted();
  const junit = file === undefined ? undefined : await readReport(directory, file, before);
  const redact = redactor(facts.password.reveal(), connectionUrl(facts).reveal());
  return {
    record: testsRecord({ outcome, junit, redact }),
    run: junit instanceof Error ? undefined : junit,
    tail: outcome.tail,
  };
}
