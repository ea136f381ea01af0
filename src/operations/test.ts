import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { TestsRecord } from '../evidence/schema.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { World } from '../runner/world.ts';
import { parseJunit, type TestRun } from '../testing/junit.ts';
import { testsRecord } from '../testing/record.ts';
import { runCommand } from '../testing/run-command.ts';

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
export function testOptions(policy: Policy, command: string | undefined, junit: string | undefined): TestOptions {
  const chosen = command ?? policy.tests.command;
  if (chosen === undefined) {
    throw new UserError('There is no test command.', {
      hint: 'Give the input test-command, or tests.command in .github/pullgres.yml.',
    });
  }
  return { command: chosen, junit: junit ?? policy.tests.junit, timeoutMs: durationMs(policy.tests.timeout) };
}

/** Runs the team's tests on the branch. What cannot be read as a report is unproven, never green. */
export async function testChange(
  world: World,
  facts: ConnectionFacts,
  options: TestOptions,
): Promise<TestsRecord> {
  const outcome = await world.group(`Tests: ${options.command}`, () =>
    runCommand({
      command: options.command,
      directory: world.workspace,
      environment: world.environment,
      facts,
      timeoutMs: options.timeoutMs,
      signal: world.signal,
      onLine: world.info,
    }),
  );
  world.signal.throwIfAborted();
  const junit = options.junit ? await readJunit(world, options.junit) : undefined;
  return testsRecord({ outcome, junit });
}

async function readJunit(world: World, path: string): Promise<TestRun | UserError> {
  try {
    return parseJunit(await readFile(join(world.workspace, path)), path);
  } catch (error) {
    if (error instanceof UserError) return error;
    return new UserError(`The test report ${path} was not written: the test runner ended before its report.`, {
      hint: 'Let the command write JUnit XML to this path, or leave the junit setting out.',
      cause: error,
    });
  }
}
