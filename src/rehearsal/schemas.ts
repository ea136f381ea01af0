import type { History } from '../migrations/migration.ts';
import { type Connection, openConnection, ServerError } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { readSchema, type SchemaSnapshot } from '../postgres/schema-snapshot.ts';
import { isLoss } from './problem.ts';
import { type SchemaChange, schemaChanges } from './schema-diff.ts';

/** The schema before the migrations and after each of them, read in a session of its own. */
export type Schemas = {
  /** Reads it once more. Never throws for what the server refuses: then there are none. */
  readonly look: () => Promise<void>;
  /** All that were read, in order; undefined when one could not be. */
  readonly all: () => readonly SchemaSnapshot[] | undefined;
  /** From the first to the last, by identity. */
  readonly changes: () => SchemaChange[] | undefined;
  readonly close: () => Promise<void>;
};

export type SchemasRequest = {
  readonly facts: ConnectionFacts;
  readonly history: History;
  readonly signal?: AbortSignal;
};

/** Opens the session and reads the schema as it is, with the tool's history table, which is no change of any migration's. */
export async function openSchemas({ facts, history, signal }: SchemasRequest): Promise<Schemas> {
  const connection = await openReader(facts, signal);
  let seen: SchemaSnapshot[] | undefined = [];
  const look = async (): Promise<void> => {
    const one = await unlessRefused(() => readSchema(connection));
    seen = one === undefined ? undefined : seen && [...seen, one];
  };
  try {
    await history.ensure(connection);
    await look();
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    look,
    all: () => seen,
    changes: () => {
      const [first, last] = [seen?.[0], seen?.at(-1)];
      return first && last && schemaChanges(first, last);
    },
    close: () => connection.close(),
  };
}

async function openReader(facts: ConnectionFacts, signal: AbortSignal | undefined): Promise<Connection> {
  const connection = await openConnection(facts, {
    applicationName: 'pullgres schema',
    ...(signal && { signal }),
  });
  // Nobody holds a lock between two migrations but sessions that are none of ours.
  await connection.query("SELECT pg_catalog.set_config('lock_timeout', '5s', false)");
  return connection;
}

async function unlessRefused<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServerError && !isLoss(error.code)) return undefined;
    throw error;
  }
}
