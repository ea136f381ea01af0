/** `npm run bench`: start times of the committed bundles, the demo's wall time, the size of dist/, the linter beside its peers, in time and in what it finds, the rehearsal beside psql, branches on filesystems that share blocks, the sweep's plan, the report. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { actionNames } from '../src/actions/names.ts';
import { branchRows } from './branches.ts';
import { detectionRows } from './detection.ts';
import { printHazards } from './hazards/rows.ts';
import { lintRows } from './lint.ts';
import { proofRows } from './proof.ts';
import { proxyRows } from './proxy.ts';
import { refreshRows } from './refresh.ts';
import { rehearseRows } from './rehearse.ts';
import { reportRows } from './report.ts';
import { shardRows } from './shards.ts';
import { strategyRows } from './strategies.ts';
import { sweepRow } from './sweep.ts';
import { median, print, type Row, runTimed } from './timing.ts';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const RUNS = 7;
const START_LIMIT_MS = 250;
const DEMO_LIMIT_MS = 60_000;

async function timed(
  args: readonly string[],
  expected: readonly number[],
  environment = {},
): Promise<number> {
  const run = await runTimed(process.execPath, args, { directory: root, environment, expected });
  return run.elapsedMs;
}

/**
 * Bundle and peer take turns, so that a busy machine slows both. With an empty environment an action loads all that it
 * has, finds that this is no GitHub job and says so (exit code 1).
 */
async function startTime(name: string): Promise<Row> {
  const bundle = [join(dist, `${name}.mjs`), ...(name === 'cli' ? ['--help'] : [])];
  const expected = name === 'cli' || name === 'post' ? [0] : [1];
  const [own, peer]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    peer.push(await timed(['-e', '0'], [0]));
    own.push(await timed(bundle, expected));
  }
  const [mine, nodes] = [median(own), median(peer)];
  return {
    what: `start of ${name}`,
    measured: `${mine.toFixed(0)} ms (${Math.min(...own).toFixed(0)} to ${Math.max(...own).toFixed(0)})`,
    against: `${(mine / nodes).toFixed(1)} × node -e 0 (${nodes.toFixed(0)} ms), limit ${START_LIMIT_MS} ms`,
    ok: mine < START_LIMIT_MS,
  };
}

async function demoTime(): Promise<Row> {
  const output = await mkdtemp(join(tmpdir(), 'pullgres-bench-'));
  try {
    const demo = [join(root, 'scripts', 'demo.ts'), '--output', output];
    const elapsed = await timed(demo, [0], process.env);
    return {
      what: 'npm run demo',
      measured: `${(elapsed / 1000).toFixed(1)} s`,
      against: `${(elapsed / DEMO_LIMIT_MS).toFixed(2)} × its limit of ${DEMO_LIMIT_MS / 1000} s`,
      ok: elapsed < DEMO_LIMIT_MS,
    };
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

async function size(): Promise<Row> {
  const names = await readdir(dist);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dist, name))).size));
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const largest = names[sizes.indexOf(Math.max(...sizes))];
  const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
  return {
    what: 'size of dist/',
    measured: mebibytes(total),
    against: `${largest}: ${mebibytes(Math.max(...sizes))}`,
    ok: true,
  };
}

const [load = 0] = loadavg();
if (load > availableParallelism() / 2) {
  console.log(`The machine is busy (load ${load.toFixed(1)}): only the ratios say something.`);
}
// `npm run bench -- lint` measures the linter alone, `-- rehearse` the rehearsal, `-- proxy` the proxy, `-- shards` copies
// of a branch, `-- sweep` the sweep's plan, `-- report` what a run shows, `-- proof` the proof of a masked copy, `-- branches` the branches, which takes root and 25 GB of sparse files,
// `-- refresh` the masked pipeline (PULLGRES_BENCH_ROWS), `-- strategies` what a masked value costs, `-- detection` how
// well personal columns are found.
const only = process.argv[2];
if (only === undefined) {
  for (const name of [...actionNames, 'post', 'cli']) print(await startTime(name));
  print(await size());
  print(await demoTime());
}
if (only === undefined || only === 'lint') {
  for await (const row of lintRows(root)) print(row);
  await printHazards(root, [18, 15]);
}
if (only === undefined || only === 'rehearse') for await (const row of rehearseRows()) print(row);
if (only === undefined || only === 'refresh') for await (const row of refreshRows()) print(row);
if (only === undefined || only === 'shards') for await (const row of shardRows()) print(row);
if (only === undefined || only === 'proxy') for await (const row of proxyRows(root)) print(row);
if (only === undefined || only === 'branches') for await (const row of branchRows()) print(row);
if (only === undefined || only === 'proof') for await (const row of proofRows()) print(row);
if (only === undefined || only === 'sweep') print(sweepRow());
if (only === undefined || only === 'report') for (const row of reportRows()) print(row);
if (only === undefined || only === 'detection') for (const row of detectionRows()) print(row);
if (only === undefined || only === 'strategies') for await (const row of strategyRows()) print(row);
