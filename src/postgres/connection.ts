import { Socket } from 'node:net';
import { Client, type ClientConfig, DatabaseError, types } from 'pg';
import { ProviderError, UserError } from '../errors.ts';
import { connectFailure, refusesTls } from './connect-failure.ts';
import type { ConnectionFacts } from './facts.ts';

const OLDEST_VERSION = 13;
const CONNECT_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** date, timestamp, timestamptz, interval: kept as the server's text, since a JavaScript Date loses microseconds and moves zones. */
const TEXT_TYPES = new Set([1082, 1114, 1184, 1186]);

/** What the server answered to a statement that it refused (docs: 53.8, Error and Notice Message Fields). */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly severity: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** Where in the text that was sent, in characters from 1. */
  readonly position: number | undefined;
  readonly where: string | undefined;
  constructor(
    message: string,
    fields: {
      code: string;
      severity: string;
      detail?: string | undefined;
      hint?: string | undefined;
      position?: number | undefined;
      where?: string | undefined;
    },
  ) {
    super(message);
    this.code = fields.code;
    this.severity = fields.severity;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.position = fields.position;
    this.where = fields.where;
  }
}

export type Notice = { readonly severity: string; readonly message: string; readonly code: string };

export type QueryResult = {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number | undefined;
};

export type Connection = {
  /** The backend's process id, as in pg_stat_activity. */
  readonly processId: number;
  /** Major version, 13 or more. */
  readonly serverVersion: number;
  /** Exactly one statement, values bound by the server. bigint, numeric, dates and times come as text. Throws ServerError; ProviderError when the connection is lost; the signal's reason when aborted. */
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<QueryResult>;
  /** Any number of statements by the simple protocol: without BEGIN in the text they are one implicit transaction. Throws as `query` does. */
  readonly script: (sql: string) => Promise<void>;
  /** Hears NOTICE, WARNING and, with client_min_messages, DEBUG. Gives the function that ends it. */
  readonly onNotice: (listener: (notice: Notice) => void) => () => void;
  /** Ends the running statement through a second connection; its promise rejects with SQLSTATE 57014. Nothing running is no error. */
  readonly cancel: () => Promise<void>;
  /** Never throws, never takes more than 2 s: after that the socket is destroyed. */
  readonly close: () => Promise<void>;
};

export type OpenOptions = {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly connectTimeoutMs?: number;
  /** Aborting cancels what runs; later calls but `close` reject with the signal's reason. */
  readonly signal?: AbortSignal;
};

type Session = { readonly client: Client; readonly socket: Socket };

/**
 * Opens one connection, with TCP keepalive. Throws ProviderError with a hint when it cannot connect,
 * UserError when the server is older than Postgres 13, the signal's reason when aborted.
 */
export async function openConnection(facts: ConnectionFacts, options: OpenOptions): Promise<Connection> {
  options.signal?.throwIfAborted();
  const session = await connectAs(facts, options);
  try {
    const found = await session.client.query(
      "SELECT current_setting('server_version_num')::integer AS version, pg_backend_pid() AS pid",
    );
    const version = Math.floor(Number(found.rows[0].version) / 10_000);
    if (version < OLDEST_VERSION) throw tooOld(version);
    return connection(session, facts, options, { processId: Number(found.rows[0].pid), version });
  } catch (error) {
    await endSession(session);
    throw error instanceof UserError ? error : connectFailure(facts, error);
  }
}

function tooOld(version: number): UserError {
  return new UserError(`The server runs Postgres ${version}; Pullgres needs ${OLDEST_VERSION} or newer.`, {
    hint: 'Use a newer server for branches. Production may lag behind by the versions that its policy names.',
  });
}

async function connectAs(facts: ConnectionFacts, options: OpenOptions): Promise<Session> {
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

function connection(
  session: Session,
  facts: ConnectionFacts,
  options: OpenOptions,
  server: { processId: number; version: number },
): Connection {
  const { client } = session;
  const cancel = (): Promise<void> => cancelBackend(facts, options.applicationName, server.processId);
  const run = <T>(work: () => Promise<T>): Promise<T> =>
    abortable(options.signal, cancel, session.socket, () =>
      work().catch((error: unknown) => fail(facts, error)),
    );
  return {
    processId: server.processId,
    serverVersion: server.version,
    query: (sql, values = []) =>
      run(async () => {
        // The extended protocol also without values: it refuses a second statement in the text.
        const extended = { text: sql, values: [...values], queryMode: 'extended' };
        const result = await client.query<Record<string, unknown>>(extended);
        return { rows: result.rows, rowCount: result.rowCount ?? undefined };
      }),
    script: (sql) =>
      run(async () => {
        await client.query(sql);
      }),
    onNotice: (listener) => listenToNotices(client, listener),
    cancel,
    close: () => endSession(session),
  };
}

function listenToNotices(client: Client, listener: (notice: Notice) => void): () => void {
  const hear = (notice: { severity?: string; message?: string; code?: string }): void =>
    listener({
      severity: notice.severity ?? 'NOTICE',
      message: notice.message ?? '',
      code: notice.code ?? '00000',
    });
  client.on('notice', hear);
  return () => void client.removeListener('notice', hear);
}

async function abortable<T>(
  signal: AbortSignal | undefined,
  cancel: () => Promise<void>,
  socket: Socket,
  work: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work();
  signal.throwIfAborted();
  const abort = (): void => void cancel().catch(() => socket.destroy());
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function cancelBackend(
  facts: ConnectionFacts,
  applicationName: string,
  processId: number,
): Promise<void> {
  const { client, socket } = await connectAs(facts, { applicationName, connectTimeoutMs: 5_000 });
  try {
    await client.query('SELECT pg_cancel_backend($1)', [processId]);
  } finally {
    await endSession({ client, socket });
  }
}

async function endSession({ client, socket }: Session): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([client.end().catch(() => undefined), limit]);
  clearTimeout(timer);
  socket.destroy();
}

function fail(facts: ConnectionFacts, error: unknown): never {
  if (error instanceof DatabaseError) {
    throw new ServerError(error.message, {
      code: error.code ?? 'XX000',
      severity: error.severity ?? 'ERROR',
      detail: error.detail,
      hint: error.hint,
      position: error.position === undefined ? undefined : Number(error.position),
      where: error.where,
    });
  }
  const text = error instanceof Error ? error.message : '';
  if (
    /Connection terminated|Client has encountered a connection error|not queryable|Client was closed/.test(
      text,
    )
  ) {
    throw new ProviderError(`The connection to the database ${facts.database} at ${facts.host} was lost.`, {
      status: '08006',
      retryable: true,
      hint: 'The server stopped, ended the session, or the network broke: its log says which.',
    });
  }
  throw error;
}
