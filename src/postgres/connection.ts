import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError } from 'pg';
import { ProviderError, UserError } from '../errors.ts';
import { POSTGRES_VERSIONS } from '../sql/effect.ts';
import { connectFailure } from './connect-failure.ts';
import type { ConnectionFacts } from './facts.ts';
import { endSession, type OpenOptions, openSession, type Session } from './session.ts';

const OLDEST_VERSION = POSTGRES_VERSIONS[0];
const GREETING_TIMEOUT_MS = 15_000;
/** How long a cancelled statement may take to end before its connection is cut. */
const CANCEL_GRACE_MS = 3_000;
const CLOSE_CANCEL_MS = 1_000;

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

/**
 * Opens one connection, with TCP keepalive. Throws ProviderError with a hint when it cannot connect,
 * UserError when the server is older than Postgres 13, the signal's reason when aborted.
 */
export async function openConnection(facts: ConnectionFacts, options: OpenOptions): Promise<Connection> {
  options.signal?.throwIfAborted();
  const session = await openSession(facts, options);
  const limit = setTimeout(() => session.socket.destroy(), options.connectTimeoutMs ?? GREETING_TIMEOUT_MS);
  try {
    const found = await session.client.query(
      "SELECT current_setting('server_version_num')::integer AS version, pg_backend_pid() AS pid",
    );
    const version = Math.floor(Number(found.rows[0].version) / 10_000);
    if (version < OLDEST_VERSION) throw tooOld(version);
    return connection(session, facts, options, { processId: Number(found.rows[0].pid), version });
  } catch (error) {
    await endSession(session);
    options.signal?.throwIfAborted();
    throw error instanceof UserError ? error : connectFailure(facts, error);
  } finally {
    clearTimeout(limit);
  }
}

function tooOld(version: number): UserError {
  return new UserError(`The server runs Postgres ${version}; Pullgres needs ${OLDEST_VERSION} or newer.`, {
    hint: 'Use a newer server for branches. Production may lag behind by the versions that its policy names.',
  });
}

function connection(
  session: Session,
  facts: ConnectionFacts,
  options: OpenOptions,
  server: { processId: number; version: number },
): Connection {
  const { client } = session;
  let running = 0;
  const cancel = (): Promise<void> => cancelBackend(facts, options.applicationName, server.processId);
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    options.signal?.throwIfAborted();
    running++;
    try {
      return await abortable(options.signal, cancel, session.socket, work);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw statementFailure(facts, error);
    } finally {
      running--;
    }
  };
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
    close: async () => {
      // The server would go on with a statement whose client is gone, and keep its locks.
      if (running > 0) await Promise.race([cancel().catch(() => undefined), sleep(CLOSE_CANCEL_MS)]);
      await endSession(session);
    },
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

/** Runs `work`; an abort meanwhile cancels it at the server, and cuts the connection if that does not end it. */
async function abortable<T>(
  signal: AbortSignal | undefined,
  cancel: () => Promise<void>,
  socket: Socket,
  work: () => Promise<T>,
): Promise<T> {
  let grace: NodeJS.Timeout | undefined;
  const abort = (): void => {
    grace = setTimeout(() => socket.destroy(), CANCEL_GRACE_MS);
    cancel().catch(() => socket.destroy());
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work();
  } finally {
    clearTimeout(grace);
    signal?.removeEventListener('abort', abort);
  }
}

async function cancelBackend(
  facts: ConnectionFacts,
  applicationName: string,
  processId: number,
): Promise<void> {
  const { client, socket } = await openSession(facts, { applicationName, connectTimeoutMs: 5_000 });
  try {
    // A role may be set to begin as another (a branch's is), which may not cancel what the first one runs.
    await client.query('SET ROLE NONE');
    await client.query('SELECT pg_cancel_backend($1)', [processId]);
  } finally {
    await endSession({ client, socket });
  }
}

/** SQLSTATEs with which the server itself ends a session (docs: appendix A, class 57 and 25P03, 25P04). */
const SESSION_ENDED = /^(57P0[1-5]|25P0[34])$/;
const CONNECTION_LOST = /Connection terminated|connection error|not queryable|Client was closed/;

function statementFailure(facts: ConnectionFacts, error: unknown): unknown {
  if (error instanceof DatabaseError && !SESSION_ENDED.test(error.code ?? '')) return serverError(error);
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // Socket errors have a system code; `pg` raises its own without any.
  if (code === undefined && !CONNECTION_LOST.test(error.message)) return error;
  return new ProviderError(`The connection to the database ${facts.database} at ${facts.host} was lost.`, {
    status: code ?? '08006',
    retryable: true,
    hint: 'The server stopped or ended the session, or the network broke: the server’s log says which.',
  });
}

function serverError(error: DatabaseError): ServerError {
  return new ServerError(error.message, {
    code: error.code ?? 'XX000',
    severity: error.severity ?? 'ERROR',
    detail: error.detail,
    hint: error.hint,
    position: error.position === undefined ? undefined : Number(error.position),
    where: error.where,
  });
}
