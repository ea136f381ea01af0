import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHistory } from './history.ts';
import { installPeers } from './peers.ts';
import { median, type Row, type Run, runTimed } from './timing.ts';

const RUNS = 5;

const SMALL_LIMIT_MS = 200;
const SQUAWK_LIMIT = 3;
const MEMORY_LIMIT = 200e6;
/** A file among 10,000 may cost this many times what one among 1,000 costs. */
const LINEAR_LIMIT = 1.3;
/** The long runs are fewer. */
const GROWTH_RUNS = 3;

type Linter = { readonly program: string; readonly args: readonly string[] };
type Linters = { readonly own: Linter; readonly squawk: Linter; readonly pgfence: Linter };

/**
 * The linter as a whole process beside squawk and pgfence on the same files: one migration of 50 lines, a history of
 * 342 files (a real one when PULLGRES_HISTORY names its folder), then 1,000 and 10,000 files alone.
 */
export async function* lintRows(root: string): AsyncGenerator<Row> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-bench-lint-'));
  try {
    const linters = await install(root);
    const small = await writeHistory(join(folder, 'small'), 1, 15);
    yield* compare('one migration of 50 lines', linters, small, folder);
    const real = process.env.PULLGRES_HISTORY;
    const history =
      real === undefined ? await writeHistory(join(folder, 'history'), 342, 8) : await sqlFiles(real);
    yield* compare(`${history.length} files`, linters, history, folder);
    yield* growth(linters.own, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sqlFiles(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name) => join(folder, name));
}

async function install(root: string): Promise<Linters> {
  const modules = await installPeers();
  const peer = (path: string) => join(modules, path);
  return {
    own: { program: process.execPath, args: [join(root, 'dist', 'cli.mjs'), 'lint'] },
    squawk: { program: peer('.bin/squawk'), args: ['--pg-version', '18.0'] },
    pgfence: { program: process.execPath, args: [peer('@flvmnt/pgfence/dist/index.js'), 'analyze'] },
  };
}

/** The linters take turns, so that a busy machine slows all three. Findings end with 1. */
async function* compare(
  what: string,
  linters: Linters,
  files: readonly string[],
  directory: string,
): AsyncGenerator<Row> {
  const runs: Record<keyof Linters, Run[]> = { own: [], squawk: [], pgfence: [] };
  for (let turn = 0; turn < RUNS; turn += 1)
    for (const name of ['own', 'squawk', 'pgfence'] as const) {
      const { program, args } = linters[name];
      runs[name].push(await runTimed(program, [...args, ...files], { directory, expected: [0, 1] }));
    }
  const [own, squawk, pgfence] = [typical(runs.own), typical(runs.squawk), typical(runs.pgfence)];
  const alone = files.length === 1;
  const beside = (name: string, { ms, bytes }: Typical) =>
    `${(own.ms / ms).toFixed(2)} × ${name} (${ms.toFixed(0)} ms, ${megabytes(bytes)})`;
  const limit = alone ? `${SMALL_LIMIT_MS} ms` : `${SQUAWK_LIMIT} × squawk, 1 × pgfence`;
  yield {
    what: `lint ${what}`,
    measured: `${own.ms.toFixed(0)} ms, ${megabytes(own.bytes)}`,
    against: `${beside('squawk', squawk)}, ${beside('pgfence', pgfence)}; limit ${limit}, ${megabytes(MEMORY_LIMIT)}`,
    ok:
      (alone ? own.ms <= SMALL_LIMIT_MS : own.ms <= SQUAWK_LIMIT * squawk.ms && own.ms < pgfence.ms) &&
      isWithin(own.bytes),
  };
}

type Typical = { readonly ms: number; readonly bytes: number | undefined };

/** The median time, and the highest peak. */
function typical(runs: readonly Run[]): Typical {
  const peaks = runs.flatMap(({ peakBytes }) => peakBytes ?? []);
  return {
    ms: median(runs.map(({ elapsedMs }) => elapsedMs)),
    bytes: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'memory unknown' : `${(bytes / 1e6).toFixed(0)} MB`;
}

function isWithin(bytes: number | undefined): boolean {
  return bytes === undefined || bytes <= MEMORY_LIMIT;
}

/** Whether a file costs the same in a long history as in a short one, and the memory that both take. */
async function* growth(own: Linter, folder: string): AsyncGenerator<Row> {
  const sizes = [1_000, 10_000] as const;
  const runs: [Run[], Run[]] = [[], []];
  for (const files of sizes) await writeHistory(join(folder, `history-${files}`), files, 6);
  for (let turn = 0; turn < GROWTH_RUNS; turn += 1)
    for (const [index, files] of sizes.entries()) {
      const args = [...own.args, join(folder, `history-${files}`)];
      runs[index]?.push(await runTimed(own.program, args, { directory: folder, expected: [0, 1] }));
    }
  const [small, large] = [typical(runs[0]), typical(runs[1])];
  const ratio = large.ms / sizes[1] / (small.ms / sizes[0]);
  const perFile = `${ratio.toFixed(2)} × the time per file of 1,000 (limit ${LINEAR_LIMIT})`;
  yield {
    what: 'lint 1,000 files',
    measured: `${(small.ms / 1000).toFixed(2)} s, ${megabytes(small.bytes)}`,
    against: `peak limit ${megabytes(MEMORY_LIMIT)}`,
    ok: isWithin(small.bytes),
  };
  yield {
    what: 'lint 10,000 files',
    measured: `${(large.ms / 1000).toFixed(1)} s, ${megabytes(large.bytes)}`,
    against: `${perFile}, peak limit ${megabytes(MEMORY_LIMIT)}`,
    ok: ratio <= LINEAR_LIMIT && isWithin(large.bytes),
  };
}
