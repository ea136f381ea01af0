import { Socket } from 'node:net';
import { Client, type ClientConfig, types } from 'pg';
import { connectFailure, refusesTls } from './connect-failure.ts';
import type { ConnectionFacts } from './facts.ts';

const CONNECT_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** date, timestamp, timestamptz, interval: kept as the server's text, since a JavaScript Date loses microseconds and moves zones. */
const TEXT_TYPES = new Set([1082, 1114, 1184, 1186]);

export type OpenOptions = {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly connectTimeoutMs?: number;
  /** Aborting cancels what runs; later calls but `close` reject with the signal's reason. */
  readonly signal?: AbortSignal;
};

/** A client of `pg` and the socket under it, which can be destroyed whatever the client is doing. */
export type Session = { readonly client: Client; readonly socket: Socket };

/**
 * Connects, by TLS as the facts' sslmode says; never by TLS over a socket file, as libpq. Throws ProviderError with a
 * hint, the signal's reason when aborted.
 */
export async function openSession(facts: ConnectionFacts, options: OpenOptions): Promise<Session> {
  const useTls = facts.sslmode !== 'disable' && !facts.host.startsWith('/');
  try {
    return await connectOnce(facts, options, useTls);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(useTls && facts.sslmode === 'prefer' && refusesTls(error))) throw connectFailure(facts, error);
  }
  return connectOnce(facts, options, false).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    throw connectFailure(facts, error);
  });
}

async function connectOnce(facts: ConnectionFacts, options: OpenOptions, useTls: boolean): Promise<Session> {
  const socket = new Socket();
  const client = new Client(clientConfig(facts, options, useTls, socket));
  // Without a listener the loss of an idle connection would end the process; the next query tells of it.
  client.on('error', () => undefined);
  const abort = (): void => void socket.destroy();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    return { client, socket };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function clientConfig(
  facts: ConnectionFacts,
  options: OpenOptions,
  useTls: boolean,
  socket: Socket,
): ClientConfig {
  return {
    host: facts.host,
    port: facts.port,
    database: facts.database,
    user: facts.user,
    // A function, since an empty text would make `pg` take PGPASSWORD or ~/.pgpass instead.
    password: () => facts.password.reveal(),
    ssl: useTls ? { rejectUnauthorized: facts.sslmode === 'verify-full' } : false,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    stream: () => socket,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        TEXT_TYPES.has(oid) ? (text: string) => text : types.getTypeParser(oid, format as 'text'),
    },
  };
}

/** Says good-bye; after 2 s the socket is destroyed. Never throws. */
export async function endSession({ client, socket }: Session): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([client.end().catch(() => undefined), limit]);
  clearTimeout(timer);
  socket.destroy();
}
