import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Provider, ShardRequest, ShardWork } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import type { TestsRecord } from '../evidence/schema.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { connectionUrl } from '../postgres/url.ts';
import type { World } from '../runner/world.ts';
import { mergeShards, type ShardOutcome } from '../testing/merge-shards.ts';
import { mergedJunit } from '../testing/merged-junit.ts';
import { redactor } from '../testing/redact.ts';
import type { TestRun } from '../testing/test-run.ts';
import type { OpenBranch } from './branch.ts';
import { throughProxy } from './command-environment.ts';
import { isExpected, reasonOf } from './expected.ts';
import { runTests, type TestPlace } from './run-tests.ts';
import { junitOf, type TestOptions } from './test-options.ts';

/** A migrated branch, and what is asked of each copy before tests run on it. */
export type ShardSource = {
  readonly provider: Provider;
  readonly open: OpenBranch;
  /** Why tests on this database would prove nothing; undefined when they may run. */
  readonly check: (facts: ConnectionFacts) => Promise<string | undefined>;
};

/** Beyond the longest time that the command may take: for the copy, and for the report. */
const SLACK_MS = 3_600_000;

/** Runs the shards that this job has to run, as many at once as there are cores, each on a database of its own. */
export async function testShards(
  world: World,
  source: ShardSource,
  options: TestOptions,
): Promise<TestsRecord> {
  const started = performance.now();
  const { shards, shardIndex, command } = options;
  const indexes = shardIndex === undefined ? Array.from({ length: shards }, (_, at) => at + 1) : [shardIndex];
  const title = shardIndex === undefined ? `${shards} shards` : `shard ${shardIndex} of ${shards}`;
  const outcomes = await world.group(`Tests on ${title}: ${command}`, () =>
    eachAtOnce(indexes, availableParallelism(), (index) => testShard(world, source, options, index)),
  );
  await writeMergedJunit(world, source, options, outcomes);
  return mergeShards(outcomes, performance.now() - started);
}

type Shard = ShardOutcome & { readonly run: TestRun | undefined };

async function testShard(
  world: World,
  source: ShardSource,
  options: TestOptions,
  index: number,
): Promise<Shard> {
  const { command, timeoutMs, shards } = options;
  const { workspace: directory } = world;
  const variables = { PULLGRES_SHARD_INDEX: String(index), PULLGRES_SHARD_COUNT: String(shards) };
  const onLine = (line: string) => world.info(`[${index}] ${line}`);
  try {
    return await onShard(world, source, { index, timeoutMs }, async (place, copyMs) => {
      world.info(`[${index}] copied in ${Math.round(copyMs)} ms`);
      const wanted = { command, timeoutMs, junit: junitOf(options, index) };
      const { record, run } = await runTests(world, wanted, { ...place, directory, variables, onLine });
      return { index, copyMs, record, run };
    });
  } catch (error) {
    if (!isExpected(error) || world.signal.aborted) throw error;
    const reason = reasonOf(error);
    world.warning(`Shard ${index} could not be tested: ${reason}`);
    return { index, copyMs: undefined, run: undefined, record: { status: 'unproven', reason, failures: [] } };
  }
}

/**
 * Copies the branch and does `work` on the copy. Variables of the job that lead to the branch itself lead to the copy,
 * for tests that read another one than DATABASE_URL. @throws ProviderError as `withShard` does, and when the copy is of no use.
 */
export async function onShard<T>(
  world: World,
  { provider, open, check }: ShardSource,
  { index, timeoutMs }: { readonly index: number; readonly timeoutMs: number },
  work: (place: Pick<TestPlace, 'facts' | 'environment'>, copyMs: number) => Promise<T>,
): Promise<T> {
  const expiresAt = new Date((await provider.now()).getTime() + timeoutMs + SLACK_MS).toISOString();
  const request: ShardRequest = { index, expiresAt };
  const begin: ShardWork<T> = async (facts, copyMs) => {
    world.mask(connectionUrl(facts));
    const reason = await check(facts);
    if (reason !== undefined) throw new UserError(reason);
    return work({ facts, environment: throughProxy(world.environment, open.facts, facts) }, copyMs);
  };
  return provider.withShard(open.branch, request, begin);
}

/** Like Promise.all over `work`, with at most `limit` at a time; a failure is thrown once all that began have ended. */
async function eachAtOnce<T>(
  indexes: readonly number[],
  limit: number,
  work: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  const waiting = [...indexes];
  const done: T[] = [];
  const worker = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      done.push(await work(index));
    }
  };
  const workers = Array.from({ length: Math.min(limit, indexes.length) }, worker);
  const ended = await Promise.allSettled(workers);
  const failure = ended.find((one) => one.status === 'rejected');
  if (failure) throw failure.reason;
  return done;
}

function mergedJunitPath({ temporary }: World): string {
  return join(temporary, 'junit.xml');
}

/** The one JUnit file of all shards, when there is one. */
export function mergedJunitOf(world: World): string | undefined {
  const path = mergedJunitPath(world);
  return existsSync(path) ? path : undefined;
}

/** What an earlier step of the job wrote is not this one's. */
export async function forgetMergedJunit(world: World): Promise<void> {
  await rm(mergedJunitPath(world), { force: true });
}

async function writeMergedJunit(
  world: World,
  { open: { facts } }: ShardSource,
  { junit }: TestOptions,
  shards: readonly Shard[],
): Promise<void> {
  if (junit === undefined) return;
  const redact = redactor(facts.password.reveal(), connectionUrl(facts).reveal());
  const reports = shards.map(({ index, run, record: { reason } }) => ({ index, run, reason }));
  await mkdir(world.temporary, { recursive: true, mode: 0o700 });
  await writeFile(mergedJunitPath(world), mergedJunit(reports, redact));
}
