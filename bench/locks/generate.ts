// Measures every case on every server and writes the truth table: `npm run locks`. With `--new` just the cases that the
// table has not; the world must not have changed since. PULLGRES_SERVERS is a folder with servers, see servers.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binaries } from '../../src/postgres/binaries.ts';
import { startServer } from '../../src/postgres/server.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import type { LockCase } from './case.ts';
import { AREAS } from './cases.ts';
import { findServers } from './servers.ts';
import { openSite, type Shown } from './site.ts';
import { readTruth, TRUTH_FILE, type Truth, truthText } from './truth.ts';

type Case = { readonly area: string; readonly one: LockCase };

const all: readonly Case[] = Object.entries(AREAS).flatMap(([area, list]) =>
  list.map((one) => ({ area, one })),
);

async function showAll(binaries: Binaries, cases: readonly Case[]): Promise<readonly Shown[]> {
  const home = mkdtempSync(join(tmpdir(), 'pullgres-locks-'));
  const server = await startServer({ binaries, directory: join(home, 'server') });
  try {
    const site = await openSite(server.facts);
    const shown: Shown[] = [];
    for (const { one } of cases) shown.push(await site.show(one));
    await site.close();
    return shown;
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function measureAll(cases: readonly Case[]): Promise<readonly Truth[]> {
  const folder = process.env.PULLGRES_SERVERS ?? join(tmpdir(), 'pullgres-lock-servers');
  const byCase = cases.map(() => new Map<PostgresVersion, Shown>());
  for (const binaries of await findServers(folder)) {
    const start = performance.now();
    const shown = await showAll(binaries, cases);
    for (const [place, one] of shown.entries()) byCase[place]?.set(binaries.version as PostgresVersion, one);
    const refused = shown.filter((one) => 'refused' in one).length;
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${binaries.version}: ${shown.length} cases, ${refused} refused, ${seconds} s`);
  }
  return cases.map(({ area, one }, place) => ({
    area,
    sql: one.sql,
    given: one.given,
    shown: byCase[place] ?? new Map(),
  }));
}

/** What the table says already, by case, and what is measured now for the others; in the order of the cases. */
async function measureNew(): Promise<readonly Truth[]> {
  const nameOf = ({ sql, given = '' }: { sql: string; given?: string | undefined }): string =>
    `${given};${sql}`;
  const known = new Map(readTruth().map((truth) => [nameOf(truth), truth]));
  const measured = await measureAll(all.filter(({ one }) => !known.has(nameOf(one))));
  for (const truth of measured) known.set(nameOf(truth), truth);
  return all.flatMap(({ area, one }) => {
    const truth = known.get(nameOf(one));
    return truth === undefined ? [] : [{ ...truth, area }];
  });
}

const truths = await (process.argv.includes('--new') ? measureNew() : measureAll(all));
writeFileSync(TRUTH_FILE, truthText(truths));
console.log('`npm run docs` writes the pages.');
