import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableKey } from '../src/masking/source.ts';
import { schemaWords } from '../src/masking/verification/schema-words.ts';
import { sensitiveColumns } from '../src/masking/verification/sensitive.ts';
import { findBinaries } from '../src/postgres/binaries.ts';
import { openConnection } from '../src/postgres/connection.ts';
import { type CopyConnection, openCopyConnection } from '../src/postgres/copy.ts';
import type { ConnectionFacts } from '../src/postgres/facts.ts';
import { startServer } from '../src/postgres/server.ts';
import { proveRows } from '../src/refresh/carried.ts';
import { type Needles, pickNeedles } from '../src/refresh/needles.ts';
import { type OverlapWatch, watchOverlap } from '../src/refresh/overlap.ts';
import { readSourceSchema } from '../src/refresh/read-schema.ts';
import { scanCopy } from '../src/refresh/scan.ts';
import { scanFolders } from '../src/refresh/scan-files.ts';
import { proveStructure } from '../src/refresh/structure.ts';
import { proveMasks } from '../src/refresh/unchanged.ts';
import { copyMasked, KEY, keyed, planOf } from '../test/refresh/masked-copy.ts';
import type { Row } from './timing.ts';

const ROWS = Number(process.env.PULLGRES_BENCH_ROWS ?? 500_000);
const RATE_LIMIT = 150e6;
const RATIO_LIMIT = 0.5;
const MEMORY_LIMIT = 200e6;

const TABLE = `CREATE TABLE people (id int PRIMARY KEY, email text, first_name text, last_name text, phone text,
  street text, tax text, note text, profile jsonb, created timestamptz, amount numeric);`;
const FILL = `INSERT INTO people SELECT i, 'p' || i || '.' || substr(md5(i::text), 1, 6) || '@mail.test', 'First' || i % 3000, 'Last' || i % 28000,
  '+49' || (3000000000 + i * 37::bigint), i % 99 || ' ' || substr(md5((i % 9000)::text), 1, 9) || ' street', (70000000000 + i * 7919::bigint)::text,
  'called on ' || i % 30 || ' about the order ' || md5(i::text) || ' and was told to wait for the mail with all the rest of it',
  jsonb_build_object('alias', 'a' || md5(i::text), 'theme', 'dark'), now(), i % 1000 FROM generate_series(1, ${ROWS}) i;`;
const INDEXES = `CREATE UNIQUE INDEX ON people (email); CREATE INDEX ON people (last_name, first_name); CREATE INDEX ON people (phone);
  CREATE INDEX ON people (tax); CREATE INDEX ON people (created); CREATE INDEX ON people (street); ANALYZE people;`;
const MASKS = {
  'people.email': `'u' || ${keyed('email')} || '@example.com'`,
  'people.first_name': `'F' || ${keyed('first_name', 6)}`,
  'people.last_name': `'L' || ${keyed('last_name', 8)}`,
  'people.phone': `'+1' || lpad(((('x' || ${keyed('phone', 12)})::bit(48)::bigint) % 10000000000)::text, 10, '0')`,
  'people.street': `${keyed('street')} || ' road'`,
  'people.tax': `lpad(((('x' || ${keyed('tax', 12)})::bit(48)::bigint) % 100000000000)::text, 11, '0')`,
  'people.note': `repeat(${keyed('note')} || ' ', 9)`,
  'people.profile': `jsonb_build_object('alias', ${keyed("profile->>'alias'")}, 'theme', profile->'theme')`,
} as const;

/** The proof of a copy of one table with eight masked columns and six indexes, beside the time that making it took, and beside `cat`. */
export async function* proofRows(): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-bench-proof-'));
  const server = await startServer({
    binaries: await findBinaries({ cacheDirectory: join(folder, 'cache') }),
    directory: join(folder, 'server'),
    settings: { shared_buffers: '256MB', max_wal_size: '4GB' },
  });
  try {
    yield* measured(server.facts);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function* measured(facts: ConnectionFacts): AsyncGenerator<Row> {
  const admin = await openConnection(facts, { applicationName: 'bench' });
  for (const name of ['bench_source', 'bench_copy']) await admin.query(`CREATE DATABASE ${name}`);
  await admin.close();
  const [from, to] = [
    { ...facts, database: 'bench_source' },
    { ...facts, database: 'bench_copy' },
  ];
  const source = await openCopyConnection(from, { applicationName: 'bench' });
  const target = await openCopyConnection(to, { applicationName: 'bench' });
  await source.script(`${TABLE}${FILL}${INDEXES}`);
  await target.script(TABLE);
  const schema = await readSourceSchema(source);
  const plan = planOf(schema, MASKS);
  const pipeline = await seconds(async () => {
    await copyMasked(from, to, plan);
    await target.script(INDEXES);
  });
  yield plain('the masked pipeline alone', `${pipeline.toFixed(1)} s for ${ROWS} rows`);

  await source.script("SET search_path = ''; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const columns = sensitiveColumns(plan);
  const pick = (sample: number): Promise<Needles> =>
    pickNeedles({ session: source, columns, words: schemaWords(schema), canaries: [], sample });
  for (const sample of [10_000, 100_000]) yield await filesBeside(await pick(sample), await folderOf(target));

  let needles: Needles | undefined;
  let resident = 0;
  const looking = setInterval(() => (resident = Math.max(resident, process.memoryUsage.rss())), 20);
  const before = process.memoryUsage.rss();
  const parts: Record<string, number> = {};
  parts.needles = await seconds(async () => (needles = await pick(50_000)));
  const found = needles;
  if (found === undefined) return;
  const loaded = new Map([[tableKey('public', 'people'), { sourceRows: ROWS, copiedRows: ROWS }]]);
  parts.structure = await seconds(() => proveStructure({ plan, source, target, loaded, scrubbed: [] }));
  parts.masks = await seconds(() => proveMasks({ plan, source }));
  parts.rows = await seconds(() => proveRows({ plan, schema, source, target, pruned: new Map(), seed: 1 }));
  let watch: OverlapWatch | undefined;
  parts.fingerprints = await seconds(async () => {
    watch = await watchOverlap({ plan, source, settings: [KEY] });
  });
  const overlap = watch;
  if (overlap === undefined) return;
  parts.scan = await seconds(async () => {
    const { verdict } = await scanCopy({
      needles: found,
      plan,
      source,
      target,
      ddl: [],
      wholeCluster: false,
      watch: overlap,
    });
    if (verdict.status !== 'proved') throw new Error(JSON.stringify(verdict));
  });
  const verdict = overlap.verdict();
  if (verdict.status !== 'proved') throw new Error(JSON.stringify(verdict));
  clearInterval(looking);
  const all = Object.values(parts).reduce((sum, part) => sum + part, 0);
  const each = Object.entries(parts).map(([name, part]) => `${name} ${part.toFixed(1)} s`);
  yield {
    what: 'proof of the copy',
    measured: `${all.toFixed(1)} s: ${each.join(', ')}`,
    against: `${(all / pipeline).toFixed(2)} × the pipeline, limit ${RATIO_LIMIT}`,
    ok: all <= pipeline * RATIO_LIMIT,
  };
  yield {
    what: 'memory of the proof',
    measured: `${megabytes(resident)} resident`,
    against: `${megabytes(resident - before)} more than before, limit ${megabytes(MEMORY_LIMIT)}`,
    ok: resident - before <= MEMORY_LIMIT,
  };
  found.wipe();
  await Promise.all([source.close(), target.close()]);
}

async function folderOf(target: CopyConnection): Promise<string> {
  await target.script('CHECKPOINT');
  return String((await target.query(PLACE)).rows[0]?.place);
}

const PLACE = `SELECT current_setting('data_directory') || '/base/' || oid AS place FROM pg_catalog.pg_database WHERE datname = current_database()`;

/** Both read from the page cache, so that what is compared is the search. */
async function filesBeside(needles: Needles, folder: string): Promise<Row> {
  const cats: number[] = [];
  const scans: number[] = [];
  let bytes = 0;
  for (let turn = 0; turn < 3; turn += 1) {
    cats.push(await seconds(() => cat(folder)));
    scans.push(
      await seconds(async () => {
        bytes = (await scanFolders([folder], needles)).bytes;
      }),
    );
  }
  const [plainRead, scan] = [Math.min(...cats), Math.min(...scans)];
  const count = needles.list.length;
  needles.wipe();
  return {
    what: `search of files for ${count} needles`,
    measured: `${megabytes(bytes / scan)}/s over ${megabytes(bytes)}`,
    against: `${(scan / plainRead).toFixed(1)} × reading them alone, limit ${megabytes(RATE_LIMIT)}/s`,
    ok: bytes / scan >= RATE_LIMIT,
  };
}

async function cat(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    for await (const _ of createReadStream(join(folder, name), { highWaterMark: 1 << 20 }));
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function plain(what: string, text: string): Row {
  return { what, measured: text, against: '-', ok: true };
}
