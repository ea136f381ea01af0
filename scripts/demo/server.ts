import { join } from 'node:path';
import { generateShop } from '../../fixtures/shop/generate.ts';
import { findBinaries } from '../../src/postgres/binaries.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { identifier } from '../../src/postgres/quote.ts';
import { startServer } from '../../src/postgres/server.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { publishBaseline } from '../../src/refresh/publish.ts';
import type { Story } from './story.ts';

/** The team's own server, with the shop's database published as a baseline. */
export type ShopServer = {
  readonly url: string;
  readonly password: string;
  readonly baseline: string;
  readonly branches: () => Promise<readonly string[]>;
};

/** Where the demo's server keeps its data. */
export function serverDirectory(temporary: string): string {
  return join(temporary, 'server');
}

type Options = {
  readonly story: Story;
  readonly root: string;
  readonly temporary: string;
  readonly rows: number;
  readonly signal: AbortSignal;
};

export async function startShopServer({ story, temporary, rows, signal }: Options): Promise<ShopServer> {
  const server = await story.step('an embedded Postgres 18 starts', async (onProgress) => {
    const binaries = await findBinaries({
      version: 18,
      cacheDirectory: join(temporary, 'cache'),
      onProgress,
    });
    return startServer({ binaries, directory: serverDirectory(temporary), signal });
  });
  const query = async (sql: string) => {
    const connection = await openConnection(server.facts, { applicationName: 'pullgres demo' });
    try {
      return (await connection.query(sql)).rows;
    } finally {
      await connection.close();
    }
  };
  await query(`create database ${identifier('shop')}`);
  await story.step(`the shop is filled: ${rows.toLocaleString('en')} orders`, (onProgress) =>
    generateShop({ facts: { ...server.facts, database: 'shop' }, rows, seed: 7, onProgress }),
  );
  await story.step('its database is published as a baseline, marked synthetic', () =>
    publishBaseline({
      facts: server.facts,
      database: 'shop',
      baseline: 'shop',
      kind: 'synthetic',
      now: new Date(),
    }),
  );
  return {
    url: connectionUrl(server.facts).reveal(),
    password: server.facts.password.reveal(),
    baseline: 'shop',
    branches: async () => {
      const rows = await query(
        "select datname from pg_database where datname like 'pullgres\\_%\\_pr\\_%' order by 1",
      );
      return rows.map(({ datname }) => String(datname));
    },
  };
}
