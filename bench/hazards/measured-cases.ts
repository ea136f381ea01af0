import { join } from 'node:path';
import { startServer } from '../../src/postgres/server.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { findServers } from '../locks/servers.ts';
import { openSite } from '../locks/site.ts';
import { catalogOf, type HazardCase, IN_UTC } from './cases.ts';
import { SHOP } from './schema.ts';
import { STATEMENTS } from './statements.ts';

/**
 * The statements of statements.ts that a server of this version takes, measured on it now. `servers` is as findServers
 * wants it, `folder` a place for the server's files.
 * @throws Error when the server refuses a statement that is written for it: a mistake in the list.
 */
export async function measuredCases(
  version: PostgresVersion,
  { servers, folder }: { readonly servers: string; readonly folder: string },
): Promise<readonly HazardCase[]> {
  const [binaries] = await findServers(servers, [version]);
  if (binaries === undefined) throw new Error(`There is no Postgres ${version}.`);
  const server = await startServer({ binaries, directory: join(folder, `server-${version}`) });
  try {
    const site = await openSite(server.facts, SHOP);
    const catalog = await catalogOf(SHOP);
    const cases: HazardCase[] = [];
    for (const one of STATEMENTS) {
      if ((one.from ?? 0) > version) continue;
      const shown = await site.show(one);
      if ('refused' in shown) throw new Error(`Postgres ${version} refuses: ${one.sql}\n${shown.refused}`);
      cases.push({ sql: one.sql, setting: IN_UTC, schema: SHOP, catalog, shown });
    }
    await site.close();
    return cases;
  } finally {
    await server.stop();
  }
}
