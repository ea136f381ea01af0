import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workingTree } from '../src/migrations/file-tree.ts';
import { sql } from '../src/migrations/sql.ts';
import { findBinaries } from '../src/postgres/binaries.ts';
import { type Connection, openConnection } from '../src/postgres/connection.ts';
import type { ConnectionFacts } from '../src/postgres/facts.ts';
import { startServer } from '../src/postgres/server.ts';
import { libpqEnvironment } from '../src/postgres/url.ts';
import { type RehearsalResult, rehearse } from '../src/rehearsal/rehearse.ts';
import { loadParser } from '../src/sql/parse.ts';
import { median, type Row, runTimed } from './timing.ts';

const RUNS = 3;
const RATIO_LIMIT = 1.05;
const STATEMENT_LIMIT_MS = 5;
const ROWS = 1_000_000;
const SMALL = 300;

/** The data that both sides begin with: a large table, and the small ones of many small statements. */
const BASE = `
  create table orders (id int not null, customer int, amount numeric(12, 2), note text);
  insert into orders select n, n % 100000, n % 977, 'order ' || md5(n::text) from generate_series(1, ${ROWS}) n;
  create index orders_customer on orders (customer);
  create table small (id int primary key, note text);
  insert into small select n, 'note ' || n from generate_series(1, 1000) n;`;

type Case = {
  readonly what: string;
  readonly statements: readonly string[];
  /** By one transaction of the tool, or each statement by itself. */
  readonly transaction: boolean;
};

/** Each lasts more than a second on the machine of the numbers in the documentation. */
const LONG: readonly Case[] = [
  {
    what: 'statements over 1 s, one transaction',
    transaction: true,
    statements: [
      'create index orders_note on orders (note);',
      'alter table orders alter column id type bigint;',
      "update orders set note = note || '!' where id % 4 = 0;",
    ],
  },
  {
    what: 'statements over 1 s, one by one',
    transaction: false,
    statements: [
      'create index concurrently orders_note on orders (note);',
      'vacuum full orders;',
      'reindex index concurrently orders_note;',
    ],
  },
];

function smallStatement(n: number): string {
  if (n % 3 === 0) return `create table made_${n} (id int primary key, small_id int references small);`;
  if (n % 3 === 1) return `alter table small add column added_${n} int;`;
  return `create index made_${n} on small (id, added_${n - 1});`;
}

const MANY = Array.from({ length: SMALL }, (_, at) => smallStatement(at));
const SHORT: readonly Case[] = [
  { what: `${SMALL} small statements, one transaction`, transaction: true, statements: MANY },
  { what: `${SMALL} small statements, one by one`, transaction: false, statements: MANY },
];

type Place = { readonly admin: Connection; readonly facts: ConnectionFacts; readonly folder: string };

function psql(): string {
  const found = ['/usr/bin/psql', '/usr/lib/postgresql/15/bin/psql'].find(existsSync);
  if (found === undefined)
    throw new Error('The benchmark of the rehearsal needs psql (Debian: postgresql-client).');
  return found;
}

/** A database of its own for each run, copied from the same base, with nothing left to write. */
async function copy({ admin, facts }: Place): Promise<ConnectionFacts> {
  await admin.script('drop database if exists run (force)');
  await admin.script('create database run template base strategy file_copy');
  await admin.script('checkpoint');
  return { ...facts, database: 'run' };
}

async function plain(place: Place, file: string, { transaction }: Case): Promise<number> {
  const facts = await copy(place);
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...(transaction ? ['-1'] : []), '-f', file];
  const environment = { ...process.env, ...libpqEnvironment(facts) };
  return (await runTimed(psql(), args, { directory: place.folder, environment, expected: [0] })).elapsedMs;
}

async function rehearsed(
  place: Place,
  directory: string,
): Promise<{ readonly ms: number; readonly result: RehearsalResult }> {
  const facts = await copy(place);
  const migrations = await sql.list(workingTree(place.folder), directory);
  const limits = { statementTimeoutMs: 600_000, lockTimeoutMs: 60_000 };
  const begun = performance.now();
  const result = await rehearse({
    facts,
    migrations,
    history: sql.history,
    limits,
    onProgress: () => undefined,
  });
  const ms = performance.now() - begun;
  if (result.status !== 'passed')
    throw new Error(`The rehearsal of the benchmark failed: ${JSON.stringify(result)}`);
  return { ms, result };
}

type Pair = { readonly plain: number; readonly rehearsed: number; readonly result: RehearsalResult };

/** The two take turns, so that a busy machine slows both. */
async function measure(place: Place, one: Case): Promise<Pair> {
  const directory = one.what.replaceAll(/\W+/g, '-');
  const file = join(place.folder, directory, '1.sql');
  await mkdir(join(place.folder, directory), { recursive: true });
  await writeFile(
    file,
    `${one.transaction ? '' : '-- pullgres:no-transaction\n'}${one.statements.join('\n')}\n`,
  );
  const [theirs, own]: [number[], number[]] = [[], []];
  let last: RehearsalResult | undefined;
  for (let run = 0; run < RUNS; run += 1) {
    theirs.push(await plain(place, file, one));
    const { ms, result } = await rehearsed(place, directory);
    own.push(ms);
    last = result;
  }
  if (last === undefined) throw new Error('nothing was measured');
  return { plain: median(theirs), rehearsed: median(own), result: last };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** The sampler's own bound in the last run. */
function bound({ migrations }: RehearsalResult): string {
  const sampled = migrations.flatMap(({ statements }) =>
    statements.flatMap(({ sampling }) => sampling ?? []),
  );
  const gaps = sampled.map(({ longestGapMs }) => longestGapMs);
  const looks = sampled.reduce((sum, each) => sum + each.looks, 0);
  return gaps.length === 0 ? '' : `; ${looks} looks, longest gap ${Math.max(...gaps).toFixed(1)} ms`;
}

async function longRow(place: Place, one: Case): Promise<Row> {
  const pair = await measure(place, one);
  const ratio = pair.rehearsed / pair.plain;
  const times = pair.result.migrations.flatMap(({ statements }) =>
    statements.map(({ durationMs }) => durationMs),
  );
  const shortest = Math.min(...times);
  return {
    what: one.what,
    measured: seconds(pair.rehearsed),
    against: `${ratio.toFixed(3)} × psql (${seconds(pair.plain)}), limit ${RATIO_LIMIT}; shortest ${seconds(shortest)}${bound(pair.result)}`,
    ok: ratio <= RATIO_LIMIT,
  };
}

async function smallRow(place: Place, one: Case): Promise<Row> {
  const pair = await measure(place, one);
  const each = (pair.rehearsed - pair.plain) / SMALL;
  return {
    what: one.what,
    measured: `${each.toFixed(2)} ms more each`,
    against: `${seconds(pair.rehearsed)} beside psql's ${seconds(pair.plain)}, limit ${STATEMENT_LIMIT_MS} ms`,
    ok: each <= STATEMENT_LIMIT_MS,
  };
}

/** The rehearsal beside plain psql: the same migrations on copies of the same data, medians of three turns. */
export async function* rehearseRows(): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-bench-rehearse-'));
  const directory = process.env.PULLGRES_TEST_POSTGRES_BIN;
  const binaries = await findBinaries({
    cacheDirectory: join(tmpdir(), 'pullgres-bench-postgres'),
    sources: ['package', 'download'],
    ...(directory ? { directory } : {}),
  });
  await loadParser();
  // A checkpoint or a vacuum in one of the two runs would be measured as its own.
  const settings = {
    autovacuum: 'off',
    max_wal_size: '8GB',
    checkpoint_timeout: '1h',
    shared_buffers: '512MB',
  };
  const server = await startServer({ binaries, directory: join(folder, 'server'), settings });
  const open = (facts: ConnectionFacts) => openConnection(facts, { applicationName: 'pullgres bench' });
  const admin = await open(server.facts);
  try {
    await admin.script('create database base');
    const base = await open({ ...server.facts, database: 'base' });
    await base.script(BASE);
    await base.script('vacuum (freeze, analyze)');
    await base.close();
    const place = { admin, facts: server.facts, folder };
    for (const one of LONG) yield await longRow(place, one);
    for (const one of SHORT) yield await smallRow(place, one);
  } finally {
    await admin.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
