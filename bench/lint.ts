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
/** 10,000 files may cost this many times what 1,000 cost. */
const LINEAR_LIMIT = 13;

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
    yield await growth(linters.own, folder);
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
  const time = (name: keyof Linters) => median(runs[name].map(({ elapsedMs }) => elapsedMs));
  const [own, squawk, pgfence] = [time('own'), time('squawk'), time('pgfence')];
  const alone = files.length === 1;
  yield {
    what: `lint ${what}`,
    measured: `${own.toFixed(0)} ms`,
    against: `${(own / squawk).toFixed(1)} × squawk (${squawk.toFixed(0)} ms), ${(own / pgfence).toFixed(2)} × pgfence (${pgfence.toFixed(0)} ms); limit ${alone ? `${SMALL_LIMIT_MS} ms` : `${SQUAWK_LIMIT} × squawk, 1 × pgfence`}`,
    ok: alone ? own <= SMALL_LIMIT_MS : own <= SQUAWK_LIMIT * squawk && own < pgfence,
  };
}

async function growth(own: Linter, folder: string): Promise<Row> {
  const runs: Run[] = [];
  for (const files of [1_000, 10_000]) {
    const history = join(folder, `history-${files}`);
    await writeHistory(history, files, 6);
    runs.push(await runTimed(own.program, [...own.args, history], { directory: folder, expected: [0, 1] }));
  }
  const [small, large] = runs as [Run, Run];
  const ratio = large.elapsedMs / small.elapsedMs;
  const peak = large.peakBytes ?? 0;
  return {
    what: 'lint 10,000 files',
    measured: `${(large.elapsedMs / 1000).toFixed(1)} s, ${(peak / 1e6).toFixed(0)} MB`,
    against: `${ratio.toFixed(1)} × 1,000 files (limit ${LINEAR_LIMIT}), peak limit ${MEMORY_LIMIT / 1e6} MB`,
    ok: ratio <= LINEAR_LIMIT && peak <= MEMORY_LIMIT,
  };
}
