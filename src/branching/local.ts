import { realpath } from 'node:fs/promises';
import type { Binaries } from '../postgres/binaries.ts';
import { SUPERUSER } from '../postgres/cluster.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { startServer, stopServer } from '../postgres/server.ts';
import { readRecord } from '../postgres/server-record.ts';
import { Secret } from '../secret.ts';
import { createPostgresProvider, type PostgresOptions, type PostgresProvider } from './postgres.ts';

/** A provider on a server of our own, which `close` leaves running for the job's later steps. */
export type LocalProvider = PostgresProvider & {
  /** The superuser on database `postgres`. */
  readonly facts: ConnectionFacts;
  /** Ends the server with every branch on it, and removes its files. */
  readonly stop: () => Promise<void>;
};

export type LocalOptions = Omit<PostgresOptions, 'facts' | 'name' | 'durable'> & {
  readonly binaries: Binaries;
  /** The server's folder; the same one in another step of the job joins the running server. */
  readonly directory: string;
  /** Server settings for a server that is started here. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** The facts of the server that an earlier step started in the folder, when it still answers. */
async function runningServer(directory: string): Promise<ConnectionFacts | undefined> {
  const folder = await realpath(directory).catch(() => undefined);
  const record = folder === undefined ? undefined : readRecord(folder);
  if (record?.port === undefined) return undefined;
  const facts: ConnectionFacts = {
    host: '127.0.0.1',
    port: record.port,
    database: 'postgres',
    user: SUPERUSER,
    password: new Secret(record.password),
    sslmode: 'disable',
  };
  try {
    await (await openConnection(facts, { applicationName: 'pullgres' })).close();
    return facts;
  } catch {
    // Killed from outside. What it held was to be thrown away; a fresh one takes its place.
    await stopServer(directory);
    return undefined;
  }
}

/** PUBLIC may connect to `postgres` and `template1` by default; on a server of our own no branch has any business there. */
async function shut(facts: ConnectionFacts): Promise<void> {
  const connection = await openConnection(facts, { applicationName: 'pullgres' });
  try {
    await connection.script('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC');
  } finally {
    await connection.close();
  }
}

async function startFresh(options: LocalOptions): Promise<ConnectionFacts> {
  const { binaries, directory, settings = {}, signal } = options;
  options.onProgress?.(`Starting Postgres ${binaries.version}`);
  const server = await startServer({ binaries, directory, settings, ...(signal ? { signal } : {}) });
  try {
    await shut(server.facts);
    return server.facts;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Branches on a throw-away server inside the job: started in `directory`, or joined when it runs there already.
 * Throws ProviderError when it cannot start, UserError when the folder holds something else.
 */
export async function createLocalProvider(options: LocalOptions): Promise<LocalProvider> {
  return (await joinLocalProvider(options)) ?? providerOver(await startFresh(options), options);
}

/** The same over the server that an earlier step started in `directory`; undefined when none answers there. */
export async function joinLocalProvider(
  options: Omit<LocalOptions, 'binaries'>,
): Promise<LocalProvider | undefined> {
  const facts = await runningServer(options.directory);
  return facts && providerOver(facts, options);
}

function providerOver(facts: ConnectionFacts, options: Omit<LocalOptions, 'binaries'>): LocalProvider {
  return {
    ...createPostgresProvider({ ...options, facts, name: 'local', durable: false }),
    facts,
    stop: () => stopServer(options.directory),
  };
}
