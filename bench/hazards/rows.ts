import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { installPeers } from '../peers.ts';
import { print, type Row } from '../timing.ts';
import { type HazardCase, truthCases } from './cases.ts';
import { differences } from './compare.ts';
import { measuredCases } from './measured-cases.ts';
import { judgeByCommand, judgeHere, type Told, writeFiles } from './own.ts';
import { judgeByPgfence, judgeBySquawk } from './rivals.ts';
import { SHOP } from './schema.ts';
import { type Score, score, type Verdict } from './score.ts';

type HazardRow = Row & { readonly details: readonly string[] };

type Place = { readonly root: string; readonly folder: string; readonly modules: string };

/**
 * Prints recall and false alarms of ours and the peers, on the truth table's statements and, for the newest of the versions, on
 * those of statements.ts, whose truth is measured now. `root` is the project, whose bundle in dist/ judges the second set.
 */
export async function printHazards(root: string, versions: readonly PostgresVersion[]): Promise<void> {
  for await (const row of hazardRows(root, versions)) {
    print(row);
    for (const line of row.details) console.log(`    ${line}`);
  }
}

async function* hazardRows(root: string, versions: readonly PostgresVersion[]): AsyncGenerator<HazardRow> {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-bench-hazards-'));
  const place = { root, folder, modules: await installPeers() };
  try {
    for (const version of versions) yield* tableRows(version, place);
    const [newest] = versions.toSorted((a, b) => b - a);
    if (newest !== undefined) yield* handMadeRows(newest, place);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* tableRows(version: PostgresVersion, place: Place): AsyncGenerator<HazardRow> {
  const cases = await truthCases(version);
  const files = await filesOf(cases, join(place.folder, `table-${version}`));
  const own = cases.map((one) => judgeHere(one, version));
  yield* scoreRows(`truth table on ${version}`, cases, own, await peersOf(files, version, place));
}

async function* handMadeRows(version: PostgresVersion, place: Place): AsyncGenerator<HazardRow> {
  const servers = process.env.PULLGRES_SERVERS ?? join(tmpdir(), 'pullgres-lock-servers');
  const cases = await measuredCases(version, { servers, folder: place.folder });
  const files = await filesOf(cases, join(place.folder, `shop-${version}`));
  const schema = join(place.folder, 'shop.sql');
  await writeFile(schema, SHOP);
  const cli = join(place.root, 'dist', 'cli.mjs');
  const own = await inTurns(files, (file) => judgeByCommand(cli, file, { schema, version }));
  const name = `shop's statements on ${version}`;
  yield* scoreRows(name, cases, own, await peersOf(files, version, place));
  yield jsonRow(name, cases, own);
}

async function filesOf(cases: readonly HazardCase[], folder: string): Promise<readonly string[]> {
  await mkdir(folder);
  return writeFiles(folder, cases);
}

async function peersOf(files: readonly string[], version: PostgresVersion, { modules }: Place) {
  return {
    squawk: await judgeBySquawk(modules, files, version),
    pgfence: await judgeByPgfence(modules, files, version),
  };
}

/** As many at once as there are processors; results in the order of the files. */
async function inTurns<T>(
  files: readonly string[],
  judge: (file: string) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  const queue = [...files.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      results[next[0]] = await judge(next[1]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

function* scoreRows(
  name: string,
  cases: readonly HazardCase[],
  own: readonly Verdict[],
  peers: Readonly<Record<string, readonly Verdict[]>>,
): Generator<HazardRow> {
  const ours = score(cases, own);
  const { dangerous, harmless, closing } = ours;
  const left = cases.length - dangerous - harmless;
  yield {
    what: name,
    measured: `${cases.length} statements`,
    against: `${dangerous} dangerous, ${harmless} harmless (${closing} close a table that they do not name), ${left} empty one and are left out`,
    ok: true,
    details: [],
  };
  yield {
    ...scoreRow('pullgres', ours),
    ok: ours.missed.length === 0 && ours.alarms.length === 0,
    details: [
      ...ours.missed.map((sql) => `missed: ${sql}`),
      ...ours.alarms.map((sql) => `false alarm: ${sql}`),
    ],
  };
  for (const [peer, verdicts] of Object.entries(peers)) yield scoreRow(peer, score(cases, verdicts));
}

function scoreRow(name: string, found: Score): HazardRow {
  const {
    named,
    dangerous,
    accused,
    harmless,
    closing,
    closingNamed,
    locks,
    locksRight,
    locksWrong,
    unread,
  } = found;
  const share = (part: number, all: number): string => `${((100 * part) / all).toFixed(1)} %`;
  const modes =
    locksRight + locksWrong === 0
      ? 'tells no locks'
      : `locks right ${locksRight} of ${locks} tables, wrong ${locksWrong}`;
  return {
    what: `  ${name}`,
    measured: `recall ${named} of ${dangerous} (${share(named, dangerous)})`,
    against: `false alarms ${accused} of ${harmless} (${share(accused, harmless)}); closed tables ${closingNamed} of ${closing}; ${modes}${unread > 0 ? `; ${unread} not understood` : ''}`,
    ok: true,
    details: [],
  };
}

/** Every relation that the JSON names, of any kind, against the server. */
function jsonRow(name: string, cases: readonly HazardCase[], told: readonly Told[]): HazardRow {
  const details = cases.flatMap((one, place) => {
    const found = differences(one, told[place] as Told);
    return found.length === 0 ? [] : [`${one.sql}: ${found.join('; ')}`];
  });
  return {
    what: `  JSON, ${name}`,
    measured: `${cases.length - details.length} of ${cases.length} exact`,
    against: "each relation's lock, rewrites and scans as pg_locks and DEBUG1 show them",
    ok: details.length === 0,
    details,
  };
}
