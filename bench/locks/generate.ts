// Measures every case on every server and writes the truth table: `npm run locks`. PULLGRES_SERVERS is a folder with servers, see servers.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Binaries } from '../../src/postgres/binaries.ts';
import { startServer } from '../../src/postgres/server.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { AREAS } from './cases.ts';
import { findServers } from './servers.ts';
import { openSite, type Shown } from './site.ts';
import { TRUTH_FILE, type Truth, truthText } from './truth.ts';

const cases = Object.entries(AREAS).flatMap(([area, list]) => list.map((one) => ({ area, one })));

async function showAll(binaries: Binaries): Promise<readonly Shown[]> {
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

async function measureAll(): Promise<readonly Truth[]> {
  const folder = process.env.PULLGRES_SERVERS ?? join(tmpdir(), 'pullgres-lock-servers');
  const byCase = cases.map(() => new Map<PostgresVersion, Shown>());
  for (const binaries of await findServers(folder)) {
    const start = performance.now();
    const shown = await showAll(binaries);
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

writeFileSync(TRUTH_FILE, truthText(await measureAll()));
console.log('`npm run docs` writes the pages.');
