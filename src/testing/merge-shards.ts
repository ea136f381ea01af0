import type { TestsRecord } from '../evidence/schema.ts';
import { MAXIMUM_FAILURES } from './record.ts';

/** What came of one shard. `record.status` is unproven where its tests could not be run. */
export type ShardOutcome = {
  /** From 1. */
  readonly index: number;
  readonly copyMs: number | undefined;
  readonly record: TestsRecord;
};

type Counts = NonNullable<TestsRecord['counts']>;

/**
 * One record of all shards: failed when one failed, passed when all did, else unproven. Counts are summed over the
 * shards that have any. `durationMs` is the time from the first copy to the last test's end.
 */
export function mergeShards(outcomes: readonly ShardOutcome[], durationMs: number): TestsRecord {
  const shards = outcomes.toSorted((a, b) => a.index - b.index);
  const counts = sum(shards.flatMap(({ record }) => record.counts ?? []));
  const reason = reasons(shards);
  const exitCode = shards
    .map(({ record }) => record.exitCode)
    .find((code) => code !== undefined && code !== 0);
  return {
    status: worst(shards),
    ...(reason === undefined ? {} : { reason }),
    ...(exitCode === undefined ? {} : { exitCode }),
    durationMs,
    ...(counts === undefined ? {} : { counts }),
    failures: failures(shards),
    shards: shards.map(shardRecord),
  };
}

function worst(shards: readonly ShardOutcome[]): TestsRecord['status'] {
  if (shards.some(({ record }) => record.status === 'failed')) return 'failed';
  return shards.length > 0 && shards.every(({ record }) => record.status === 'passed')
    ? 'passed'
    : 'unproven';
}

function sum(all: readonly Counts[]): Counts | undefined {
  if (all.length === 0) return undefined;
  const total = (name: keyof Counts) => all.reduce((result, counts) => result + counts[name], 0);
  return {
    passed: total('passed'),
    failed: total('failed'),
    errored: total('errored'),
    skipped: total('skipped'),
  };
}

const MAXIMUM_REASONS = 5;

/** Failed shards first, as they weigh more. */
function reasons(shards: readonly ShardOutcome[]): string | undefined {
  const told = ['failed', 'unproven'].flatMap((status) =>
    shards.flatMap(({ index, record }) =>
      record.status === status && record.reason !== undefined ? [`Shard ${index}: ${record.reason}`] : [],
    ),
  );
  if (told.length === 0) return undefined;
  const more = told.length - MAXIMUM_REASONS;
  return [...told.slice(0, MAXIMUM_REASONS), ...(more > 0 ? [`And ${more} more shards.`] : [])].join(' ');
}

/** A record lists its errored tests before its failed ones, and so does the sum. */
function failures(shards: readonly ShardOutcome[]): TestsRecord['failures'] {
  const named = shards.map(({ index, record }) => ({
    errored: record.counts?.errored ?? 0,
    failures: record.failures.map((failure) => ({ ...failure, name: `shard ${index} › ${failure.name}` })),
  }));
  return [
    ...named.flatMap((shard) => shard.failures.slice(0, shard.errored)),
    ...named.flatMap((shard) => shard.failures.slice(shard.errored)),
  ].slice(0, MAXIMUM_FAILURES);
}

function shardRecord({ index, copyMs, record }: ShardOutcome): NonNullable<TestsRecord['shards']>[number] {
  const { status, reason, durationMs, counts } = record;
  return {
    index,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(copyMs === undefined ? {} : { copyMs }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(counts === undefined ? {} : { counts }),
  };
}
