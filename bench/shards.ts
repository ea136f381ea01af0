/** `npm run bench -- shards`: how long a copy of a migrated branch takes before tests can run on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalProvider, type LocalProvider } from '../src/branching/local.ts';
import type { Branch } from '../src/branching/provider.ts';
import { findBinaries } from '../src/postgres/binaries.ts';
import { openConnection } from '../src/postgres/connection.ts';
import type { ConnectionFacts } from '../src/postgres/facts.ts';
import { identifier } from '../src/postgres/quote.ts';
import { median, type Row } from './timing.ts';

const RUNS = 15;
const LIMIT_MS = 150;
const expiresAt = '2126-01-01T00:00:00.000Z';

/** A branch of a small product: 40 tables with their indexes, and about as much data as tests begin with. */
const SCHEMA = Array.from(
  { length: 40 },
  (
    _,
    at,
  ) => `create table t${at} (id bigint generated always as identity primary key, name text not null, at timestamptz default now());
    create index on t${at} (name);
    insert into t${at} (name) select 'row ' || n from generate_series(1, 500) n;`,
).join('\n');

/** A server of its own on this filesystem, as a job starts it; the copy is what withShard measures. */
export async function* shardRows(): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-bench-'));
  const binaries = await findBinaries({
    cacheDirectory: join(folder, 'cache'),
    sources: ['package', 'runner'],
  });
  const provider = await createLocalProvider({
    binaries,
    directory: join(folder, 'server'),
    now: () => new Date(),
  });
  try {
    const branch = await branchOf(provider);
    yield* measured(provider, branch, `Postgres ${binaries.version}, ${await sizeOf(provider, branch)}`);
  } finally {
    await provider.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function branchOf(provider: LocalProvider): Promise<Branch> {
  const baseline = { id: 'bench', kind: 'schema', createdAt: new Date().toISOString() } as const;
  await provider.ensureBaseline(baseline, (facts) => script(facts, SCHEMA));
  const identity = { repositoryId: 1, subject: { kind: 'pull-request', number: 1 } } as const;
  const request = { identity, baselineId: 'bench', headSha: 'a'.repeat(40), baseRef: 'main', expiresAt };
  return (await provider.create(request)).branch;
}

async function script(facts: ConnectionFacts, sql: string): Promise<void> {
  const connection = await openConnection(facts, { applicationName: 'pullgres bench' });
  try {
    await connection.script(sql);
  } finally {
    await connection.close();
  }
}

async function sizeOf(provider: LocalProvider, branch: Branch): Promise<string> {
  return `${((await provider.usage(branch)).bytes / 1024 / 1024).toFixed(0)} MiB`;
}

/** The server's own part, in a session that is open already; both take turns, so that a busy machine slows both. */
async function bareCopy(facts: ConnectionFacts, { name }: Branch): Promise<number> {
  const connection = await openConnection(facts, { applicationName: 'pullgres bench' });
  try {
    const started = performance.now();
    await connection.query(`CREATE DATABASE bare TEMPLATE ${identifier(name)}`);
    const elapsed = performance.now() - started;
    await connection.query('DROP DATABASE bare');
    return elapsed;
  } finally {
    await connection.close();
  }
}

async function* measured(provider: LocalProvider, branch: Branch, where: string): AsyncGenerator<Row> {
  const [copies, whole, bare]: [number[], number[], number[]] = [[], [], []];
  for (let index = 1; index <= RUNS; index += 1) {
    const started = performance.now();
    await provider.withShard(
      branch,
      { index, expiresAt },
      async (_facts, copyMs) => void copies.push(copyMs),
    );
    whole.push(performance.now() - started);
    bare.push(await bareCopy(provider.facts, branch));
  }
  const middle = median(copies);
  yield {
    what: 'copy of one shard',
    measured: `${middle.toFixed(0)} ms (${Math.min(...copies).toFixed(0)} to ${Math.max(...copies).toFixed(0)})`,
    against: `${(middle / LIMIT_MS).toFixed(2)} × its limit of ${LIMIT_MS} ms; ${(middle / median(bare)).toFixed(1)} × CREATE DATABASE alone (${median(bare).toFixed(0)} ms); with lease and drop ${median(whole).toFixed(0)} ms; ${where}`,
    ok: middle < LIMIT_MS,
  };
  const started = performance.now();
  const together: number[] = [];
  const four = [1, 2, 3, 4].map((index) =>
    provider.withShard(branch, { index, expiresAt }, async (_facts, copyMs) => void together.push(copyMs)),
  );
  await Promise.all(four);
  yield {
    what: 'four shards at once',
    measured: `${Math.max(...together).toFixed(0)} ms the slowest`,
    against: `${(performance.now() - started).toFixed(0)} ms with leases and drops`,
    ok: true,
  };
}
