import type { Provider } from '../branching/provider.ts';
import type { SchemaChange, TestsRecord } from '../evidence/schema.ts';
import { pending } from '../migrations/compare.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { World } from '../runner/world.ts';
import type { OpenBranch } from './branch.ts';
import { testOldCode } from './old-code.ts';
import type { MigrationPlan } from './plan.ts';
import { appliedVersions } from './rehearse.ts';
import { runTests } from './run-tests.ts';
import { forgetMergedJunit, testShards } from './shard-tests.ts';
import type { TestOptions } from './test-options.ts';

/** What the tests are about. */
export type TestedChange = {
  readonly plan: MigrationPlan | undefined;
  /** The commit whose version runs now. */
  readonly baseCommit: string | undefined;
  /** What the migrations changed, where a rehearsal of this job saw it. */
  readonly schema: readonly SchemaChange[] | undefined;
};

/**
 * Runs the team's tests on the migrated branch or on copies of it, and before them, while the branch is as the
 * migrations left it, those of the running version. What cannot be read as a report is unproven, never green.
 */
export async function testChange(
  world: World,
  provider: Provider,
  open: OpenBranch,
  options: TestOptions,
  change: TestedChange,
): Promise<TestsRecord> {
  await forgetMergedJunit(world);
  const place = { provider, open, check: (facts: ConnectionFacts) => whyNot(facts, change.plan) };
  const oldCode = isFirst(options) && (await testOldCode(world, place, options, change));
  const record = isSharded(options)
    ? await testShards(world, place, options)
    : await testBranch(world, open.facts, options, place.check);
  return oldCode ? { ...record, oldCode } : record;
}

/** The status of the step: that of the tests, unless the running version's own are worse. */
export function testedStatus({ status, oldCode }: TestsRecord): TestsRecord['status'] {
  const both = [status, oldCode?.status];
  if (both.includes('failed')) return 'failed';
  return both.includes('unproven') ? 'unproven' : status;
}

/** Of the legs of a matrix one is enough to try the running version. */
function isFirst({ shardIndex }: TestOptions): boolean {
  return shardIndex === undefined || shardIndex === 1;
}

function isSharded({ shards, shardIndex }: TestOptions): boolean {
  return shards > 1 || shardIndex !== undefined;
}

async function testBranch(
  world: World,
  facts: ConnectionFacts,
  options: TestOptions,
  check: (facts: ConnectionFacts) => Promise<string | undefined>,
): Promise<TestsRecord> {
  const reason = await check(facts);
  if (reason !== undefined) {
    world.warning(`The tests were not run: ${reason}.`);
    return { status: 'unproven', reason, failures: [] };
  }
  const { environment, workspace: directory } = world;
  const ran = await world.group(`Tests: ${options.command}`, () =>
    runTests(world, options, { directory, facts, environment, onLine: world.info }),
  );
  return ran.record;
}

/** Tests prove nothing about migrations that the database does not carry. */
async function whyNot(facts: ConnectionFacts, plan: MigrationPlan | undefined): Promise<string | undefined> {
  const missing = plan ? pending(plan.added, await appliedVersions(facts, plan)) : [];
  if (missing.length === 0) return undefined;
  const names = missing.map(({ path }) => path).join(', ');
  return `the branch lacks ${names}: let actions/rehearse run before the tests`;
}
