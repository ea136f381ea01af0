import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { withWorktree } from '../migrations/worktree.ts';
import type { World } from '../runner/world.ts';
import { type OldCodeRecord, oldCodeRecord } from '../testing/old-code-record.ts';
import { runCommand } from '../testing/run-command.ts';
import { isExpected, reasonOf } from './expected.ts';
import { runTests, type TestPlace } from './run-tests.ts';
import { onShard, type ShardSource } from './shard-tests.ts';
import type { TestedChange } from './test.ts';
import { junitOf, type TestOptions } from './test-options.ts';

/** Beside the shards that the tests have from 1 on. */
const SHARD_INDEX = 0;

/**
 * Runs the tests of the commit that is deployed now on a copy of the migrated branch: a deploy migrates first, and the
 * old version serves on meanwhile. The commit is the base branch's, which the pull request cannot choose. Undefined when
 * nobody asked for it; unproven when it cannot be checked out or set up.
 */
export async function testOldCode(
  world: World,
  source: ShardSource,
  options: TestOptions,
  change: TestedChange,
): Promise<OldCodeRecord | undefined> {
  if (!options.oldCode) return undefined;
  const { baseCommit: commit, plan } = change;
  if (plan?.added.length === 0) {
    return { status: 'skipped', reason: 'The change has no new migrations.', failures: [] };
  }
  if (commit === undefined) return unproven('There is no base commit, so no version that runs now.');
  const title = `Tests of the running version (${commit.slice(0, 12)}): ${options.command}`;
  try {
    return await world.group(title, () => testCommit(world, source, options, { ...change, commit }));
  } catch (error) {
    if (!isExpected(error) || world.signal.aborted) throw error;
    const reason = reasonOf(error);
    world.warning(`The running version could not be tested: ${reason}`);
    return { ...unproven(reason), commit };
  }
}

function unproven(reason: string): OldCodeRecord {
  return { status: 'unproven', reason, failures: [] };
}

async function testCommit(
  world: World,
  source: ShardSource,
  options: TestOptions,
  { commit, schema }: TestedChange & { readonly commit: string },
): Promise<OldCodeRecord> {
  const directory = join(world.temporary, 'old-code');
  const { command, timeoutMs, oldCode } = options;
  return withWorktree({ root: world.workspace, commit, directory }, () =>
    onShard(world, source, { index: SHARD_INDEX, timeoutMs: 2 * timeoutMs }, async (shard) => {
      const place = { ...shard, directory, variables: variables(directory, commit), onLine: world.info };
      if (oldCode?.setup !== undefined) await setUp(world, oldCode.setup, timeoutMs, place);
      const wanted = { command, timeoutMs, junit: junitOf(options, 1) };
      const { record, tail } = await runTests(world, wanted, place);
      return oldCodeRecord({ commit, record, tail, schema });
    }),
  );
}

/** The whole suite on one database; where the job's variables say where the code stands, they say it of the old code. */
function variables(directory: string, commit: string): Record<string, string> {
  return {
    PULLGRES_SHARD_INDEX: '1',
    PULLGRES_SHARD_COUNT: '1',
    GITHUB_WORKSPACE: directory,
    GITHUB_SHA: commit,
  };
}

async function setUp(world: World, command: string, timeoutMs: number, place: TestPlace): Promise<void> {
  const { signal } = world;
  const { exitCode, startFailure, timedOut } = await runCommand({ ...place, command, timeoutMs, signal });
  signal.throwIfAborted();
  if (exitCode === 0 && !timedOut) return;
  const how = timedOut
    ? 'was stopped by its time-out'
    : (startFailure ?? `exited with code ${exitCode ?? 'none'}`);
  throw new UserError(`The command old-code-setup ${how}.`, { hint: 'See its output in the log.' });
}
