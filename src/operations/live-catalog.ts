import { readCatalog } from '../postgres/catalog.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { Catalog } from '../sql/catalog.ts';

/** The schema of a live database, and its server's major version. */
export async function catalogOf(facts: ConnectionFacts): Promise<{ catalog: Catalog; version: number }> {
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    return { catalog: await readCatalog(connection), version: connection.serverVersion };
  } finally {
    await connection.close();
  }
}
