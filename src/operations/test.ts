import { UserError } from '../errors.ts';
import type { TestsRecord } from '../evidence/schema.ts';
import { pending } from '../migrations/compare.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { connectionUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import { readReport, stampReport } from '../testing/read-report.ts';
import { testsRecord } from '../testing/record.ts';
import { redactor } from '../testing/redact.ts';
import { runCommand } from '../testing/run-command.ts';
import type { MigrationPlan } from './plan.ts';
import { appliedVersions } from './rehearse.ts';

export type TestOptions = {
  /** The team's own shell command. */
  readonly command: string;
  /** JUnit XML that the command writes, relative to the repository's root. */
  readonly junit: string | undefined;
  readonly timeoutMs: number;
};

/**
 * What the workflow asks for, else the policy.
 * @throws UserError when neither names a command.
 */
export function testOptions(
  policy: Policy,
  command: string | undefined,
  junit: string | undefined,
): TestOptions {
  const chosen = command ?? policy.tests.command;
  if (chosen === undefined) {
    throw new UserError('There is no test command.', {
      hint: 'Give the input test-command, or tests.command in .github/pullgres.yml.',
    });
  }
  return { command: chosen, junit: junit ?? policy.tests.junit, timeoutMs: durationMs(policy.tests.timeout) };
}

/** As `testChange`, for a step of its own: tests prove nothing about migrations that the branch does not carry. */
export async function testMigrated(
  world: World,
  facts: ConnectionFacts,
  plan: MigrationPlan | undefined,
  options: TestOptions,
): Promise<TestsRecord> {
  const missing = plan ? pending(plan.added, await appliedVersions(facts, plan)) : [];
  if (missing.length === 0) return testChange(world, facts, options);
  const names = missing.map(({ path }) => path).join(', ');
  const reason = `the branch lacks ${names}: let actions/rehearse run before the tests`;
  world.warning(`The tests were not run: ${reason}.`);
  return { status: 'unproven', reason, failures: [] };
}

/** Runs the team's tests on the branch. What cannot be read as a report is unproven, never green. */
export async function testChange(
  world: World,
  facts: ConnectionFacts,
  { command, junit: file, timeoutMs }: TestOptions,
): Promise<TestsRecord> {
  const directory = world.workspace;
  const before = file === undefined ? undefined : await stampReport(directory, file);
  const { environment, signal, info: onLine } = world;
  const outcome = await world.group(`Tests: ${command}`, () =>
    runCommand({ command, directory, environment, facts, timeoutMs, signal, onLine }),
  );
  world.signal.throwIfAborted();
  const junit = file === undefined ? undefined : await readReport(directory, file, before);
  const redact = redactor(facts.password.reveal(), connectionUrl(facts).reveal());
  return testsRecord({ outcome, junit, redact });
}
