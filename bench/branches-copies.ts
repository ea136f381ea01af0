import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createBy } from '../src/branching/copy.ts';
import { predictMs } from '../src/branching/copy-model.ts';
import { baselineName } from '../src/branching/guards.ts';
import type { Copy, CopyStrategy, CreateRequest, Making } from '../src/branching/provider.ts';
import { copySize, type TemplateFacts } from '../src/branching/strategy.ts';
import { readTemplateFacts } from '../src/branching/template-facts.ts';
import { byteWords } from '../src/byte-words.ts';
import { openConnection } from '../src/postgres/connection.ts';
import type { Place } from './branches-place.ts';
import { median, type Row } from './timing.ts';

export type Size = { readonly what: string; readonly runs: number; readonly fill: string };

/** About a thousand bytes a row. */
export const rowsOf = (megabytes: number): string =>
  `CREATE TABLE filler AS SELECT n, repeat(md5(n::text), 30) AS text FROM generate_series(1, ${megabytes * 1000}) n`;

/** A table with three indexes and TOAST is six files when it holds a row. */
const tables = (number: number): string => `DO $$ BEGIN FOR n IN 1..${number} LOOP
    EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, note text UNIQUE, at timestamptz)', n);
    EXECUTE format('CREATE INDEX ON t%s (at)', n);
    EXECUTE format('INSERT INTO t%s VALUES (1, %L, now())', n, n);
    IF n % 50 = 0 THEN COMMIT; END IF;
  END LOOP; END $$`;

export const SIZES: readonly Size[] = [
  { what: '100 MB', runs: 3, fill: rowsOf(92) },
  { what: '1 GB', runs: 3, fill: rowsOf(1000) },
  { what: '4 GB', runs: 1, fill: rowsOf(4000) },
  { what: '6,000 files', runs: 3, fill: tables(950) },
];

const BASELINE = 'bench:1';
const TEMPLATE = baselineName(BASELINE);

/** Builds the baseline and gives what the choice of a strategy would be made from. */
export async function build(place: Place, fill: string): Promise<TemplateFacts> {
  const createdAt = new Date().toISOString();
  await place.provider.ensureBaseline({ id: BASELINE, kind: 'schema', createdAt }, async (facts) => {
    const inside = await openConnection(facts, { applicationName: 'pullgres bench' });
    await inside.script(fill).finally(() => inside.close());
  });
  await place.asAdmin((admin) => admin.script('CHECKPOINT'));
  return place.asAdmin((admin) => readTemplateFacts(admin, TEMPLATE));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

type Measured = { readonly create: number; readonly drop: number; readonly bytes: number };

/** Nothing is dirty at the start, so that one strategy's remains are not written by the next one's checkpoint. */
async function once(place: Place, strategy: CopyStrategy): Promise<Measured> {
  return place.asAdmin(async (admin) => {
    await admin.script('CHECKPOINT');
    execFileSync('sync', ['--file-system', place.path]);
    const before = place.disk().freeBytes;
    const statement = `CREATE DATABASE copied TEMPLATE "${TEMPLATE}"`;
    const create = await timed(() => createBy(admin, statement, strategy));
    // btrfs counts what was written only once it is.
    execFileSync('sync', ['--file-system', place.path]);
    const bytes = before - place.disk().freeBytes;
    const drop = await timed(() => admin.script('DROP DATABASE copied'));
    return { create, drop, bytes };
  });
}

const STRATEGIES: readonly CopyStrategy[] = ['wal-log', 'file-copy', 'clone'];

/** A clone is quick, and what is claimed of it most. */
const CLONE_RUNS = 5;

/** The strategies take turns, so that a busy machine slows all of them. */
async function measure(place: Place, runs: number): Promise<ReadonlyMap<CopyStrategy, Measured>> {
  const all = new Map<CopyStrategy, Measured[]>(STRATEGIES.map((strategy) => [strategy, []]));
  for (let run = 0; run < CLONE_RUNS; run += 1) {
    for (const [strategy, each] of all) {
      if (run < runs || strategy === 'clone') each.push(await once(place, strategy));
    }
  }
  const of = (each: readonly Measured[], key: keyof Measured) => median(each.map((one) => one[key]));
  return new Map(
    [...all].map(([strategy, each]) => [
      strategy,
      { create: of(each, 'create'), drop: of(each, 'drop'), bytes: of(each, 'bytes') },
    ]),
  );
}

/** The same files, by the filesystem alone. */
async function linked(place: Place, runs: number): Promise<number> {
  const [row] = await place.asAdmin(
    async (admin) =>
      (
        await admin.query(
          `SELECT current_setting('data_directory') || '/base/' || oid AS path FROM pg_database WHERE datname = $1`,
          [TEMPLATE],
        )
      ).rows,
  );
  const copy = join(place.path, 'linked');
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    times.push(
      await timed(async () => execFileSync('cp', ['-r', '--reflink=always', String(row?.path), copy])),
    );
    rmSync(copy, { recursive: true });
  }
  return median(times);
}

const milliseconds = (ms: number): string => `${ms.toFixed(0)} ms`;

/** With clone, a baseline 40 times as large is to take no more than this many times as long. */
const FLAT_LIMIT = 1.5;
const hundred = new Map<string, number>();

/** The rows of one baseline: each strategy, the ratios, and what the provider makes of it. */
export async function copyRows(place: Place, size: Size): Promise<Row[]> {
  const facts = await build(place, size.fill);
  const name = `${place.filesystem} ${size.what}`;
  const rows: Row[] = [];
  const measured = await measure(place, size.runs);
  for (const [strategy, { create, drop, bytes }] of measured) {
    const foreseen = predictMs(strategy, { ...copySize(facts), dirtyBytes: 0 }, []);
    rows.push({
      what: `${name}: ${strategy}`,
      measured: `${milliseconds(create)}, ${byteWords(Math.max(0, bytes))}`,
      against: `foreseen ${milliseconds(foreseen)} (${(create / foreseen).toFixed(2)}); drop ${milliseconds(drop)}`,
      ok: true,
    });
  }
  const [log, clone] = [
    measured.get('wal-log')?.create ?? Number.NaN,
    measured.get('clone')?.create ?? Number.NaN,
  ];
  rows.push({
    what: `${name}: clone ÷ WAL_LOG`,
    measured: `${(clone / log).toFixed(3)}`,
    against: `cp --reflink ${milliseconds(await linked(place, size.runs))}; ${byteWords(facts.bytes)} in ${facts.files} files`,
    ok: true,
  });
  if (size.what === '100 MB') hundred.set(place.filesystem, clone);
  if (size.what === '4 GB') {
    const ratio = clone / (hundred.get(place.filesystem) ?? Number.NaN);
    rows.push({
      what: `${name} ÷ 100 MB by clone`,
      measured: ratio.toFixed(2),
      against: `limit ${FLAT_LIMIT}`,
      ok: ratio <= FLAT_LIMIT,
    });
  }
  rows.push(await providerRow(place, name, size.runs));
  return rows;
}

export function request(number: number): CreateRequest {
  return {
    identity: { repositoryId: 1, subject: { kind: 'pull-request', number } },
    baselineId: BASELINE,
    headSha: '0'.repeat(40),
    baseRef: 'main',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  };
}

function copyOf(making: Making | undefined): Copy {
  if (!making?.copy) throw new Error('the provider told of no copy');
  return making.copy;
}

/** The whole of it as a job sees it, with roles, labels and ownership. */
async function providerRow({ provider }: Place, name: string, runs: number): Promise<Row> {
  const times = { create: [] as number[], reset: [] as number[], remove: [] as number[] };
  let copy: Copy | undefined;
  for (let run = 1; run <= runs; run += 1) {
    const wanted = request(run);
    let made: Awaited<ReturnType<typeof provider.create>> | undefined;
    times.create.push(
      await timed(async () => {
        made = await provider.create(wanted);
      }),
    );
    const { branch } = made ?? (await provider.create(wanted));
    times.reset.push(
      await timed(async () => {
        copy = copyOf((await provider.reset(branch, BASELINE)).making);
      }),
    );
    times.remove.push(await timed(() => provider.remove(wanted.identity)));
  }
  const [create, reset, remove] = [times.create, times.reset, times.remove].map(median);
  return {
    what: `${name}: create, reset, remove`,
    measured: [create, reset, remove].map((each) => milliseconds(each ?? Number.NaN)).join(', '),
    against: `${copy?.strategy}: last copy ${milliseconds(copy?.actualMs ?? Number.NaN)}, foreseen ${milliseconds(copy?.predictedMs ?? Number.NaN)}`,
    ok: true,
  };
}

const MANY = 100;

/** A hundred branches of one small baseline, through the provider. */
export async function manyRow(place: Place): Promise<Row> {
  await build(place, tables(40));
  const before = place.disk();
  let strategy = '';
  const elapsed = await timed(async () => {
    for (let number = 1; number <= MANY; number += 1) {
      strategy = copyOf((await place.provider.create(request(number))).making).strategy;
    }
  });
  const after = place.disk();
  const files = place.filesystem === 'btrfs' ? 'no' : `${before.freeFiles - after.freeFiles}`;
  return {
    what: `${place.filesystem}: ${MANY} branches of one`,
    measured: `${(elapsed / 1000).toFixed(1)} s, ${byteWords(before.freeBytes - after.freeBytes)}`,
    against: `${milliseconds(elapsed / MANY)} each by ${strategy}, ${files} inodes`,
    ok: true,
  };
}
