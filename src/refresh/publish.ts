import { createPostgresProvider } from '../branching/postgres.ts';
import type { Baseline } from '../branching/provider.ts';
import { ProviderError } from '../errors.ts';
import { type Connection, openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';

export type PublishRequest = {
  /** The server's administrator. */
  readonly facts: ConnectionFacts;
  /** The filled database; it becomes the baseline and takes no more connections. */
  readonly database: string;
  readonly baseline: string;
  /** Data of real people needs a proof of its masking, which a database alone cannot give. */
  readonly kind: 'synthetic';
  readonly now: Date;
};

/** What a template copy would carry along and could reach another system with (documentation 23.3, 54.65). */
const DOORS = [
  {
    what: 'user mappings of foreign servers',
    sql: 'select srvname as name from pg_catalog.pg_user_mappings order by 1',
    remedy: 'DROP USER MAPPING',
  },
  {
    what: 'event triggers',
    sql: "select evtname as name from pg_catalog.pg_event_trigger where evtenabled <> 'D' order by 1",
    remedy: 'ALTER EVENT TRIGGER … DISABLE',
  },
] as const;

/**
 * Publishes a database as a baseline that branches are made from.
 * @throws ProviderError when a branch of it could reach beyond itself, naming what and the remedy, or when the server refuses.
 */
export async function publishBaseline(request: PublishRequest): Promise<Baseline> {
  const { facts, database, baseline, kind, now } = request;
  const connection = await openConnection({ ...facts, database }, { applicationName: 'pullgres' });
  try {
    await refuseDoors(connection, database);
  } finally {
    await connection.close();
  }
  const provider = createPostgresProvider({ facts, now: () => now });
  return provider.publishBaseline(database, { id: baseline, kind });
}

async function refuseDoors(connection: Connection, database: string): Promise<void> {
  for (const { what, sql, remedy } of DOORS) {
    const { rows } = await connection.query(sql);
    if (rows.length === 0) continue;
    const names = rows.map(({ name }) => String(name)).join(', ');
    throw new ProviderError(
      `The database ${database} has ${what} (${names}), which each branch would carry along.`,
      {
        hint: `Remove them first: ${remedy}.`,
      },
    );
  }
}
