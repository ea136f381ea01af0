import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError, Query } from 'pg';
import { ProviderError, UserError } from '../errors.ts';
import { POSTGRES_VERSIONS } from '../sql/effect.ts';
import { connectFailure } from './connect-failure.ts';
import type { ConnectionFacts } from './facts.ts';
import { endSession, type OpenOptions, openSession, type Session } from './session.ts';

const OLDEST_VERSION = POSTGRES_VERSIONS[0];
const GREETING_TIMEOUT_MS = 15_000;
/** How long a cancelled statement may take to end before its backend is ended: a handler can swallow a cancellation. */
export const CANCEL_GRACE_MS = 2_000;
/** How long the end of a backend may take before the connection is cut. */
const TERMINATE_GRACE_MS = 1_000;
const CLOSE_CANCEL_MS = 750;

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
  /** Names of what it is about, where the server gives them as fields: unlike the texts, they never hold a row's value. */
  readonly object: {
    readonly schema?: string | undefined;
    readonly table?: string | undefined;
    readonly column?: string | undefined;
    readonly constraint?: string | undefined;
  };
  constructor(
    message: string,
    fields: {
      code: string;
      severity: string;
      detail?: string | undefined;
      hint?: string | undefined;
      position?: number | undefined;
      where?: string | undefined;
      object?: ServerError['object'] | undefined;
    },
  ) {
    super(message);
    this.code = fields.code;
    this.severity = fields.severity;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.position = fields.position;
    this.where = fields.where;
    this.object = fields.object ?? {};
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
  /** As `query` without values, for what a migration says: rows are dropped as they come, however many. Gives their number. */
  readonly run: (sql: string) => Promise<number | undefined>;
  /** Any number of statements by the simple protocol: without BEGIN in the text they are one implicit transaction. Throws as `query` does. */
  readonly script: (sql: string) => Promise<void>;
  /** Hears NOTICE, WARNING and, with client_min_messages, DEBUG. Gives the function that ends it. */
  readonly onNotice: (listener: (notice: Notice) => void) => () => void;
  /** Ends the running statement through a second connection; its promise rejects with SQLSTATE 57014. Nothing running is no error. */
  readonly cancel: () => Promise<void>;
  /** Ends the backend through a second connection: no statement can swallow that. Its promise rejects with ProviderError. */
  readonly terminate: () => Promise<void>;
  /** Never throws. Takes no more than 2 s, and 1.5 s more while a statement runs, which it ends at the server. */
  readonly close: () => Promise<void>;
};

/** A connection whose client can be lent for what is no query with an answer, such as COPY. Errors, aborts and `close` are as for a query's. */
export type LendingConnection = Connection & {
  readonly lend: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
};

/**
 * Opens one connection, with TCP keepalive. Throws ProviderError with a hint when it cannot connect,
 * UserError when the server is older than Postgres 13, the signal's reason when aborted.
 */
export async function openConnection(facts: ConnectionFacts, options: OpenOptions): Promise<Connection> {
  return openLendingConnection(facts, options);
}

/** As `openConnection`; within this room only. */
export async function openLendingConnection(
  facts: ConnectionFacts,
  options: OpenOptions,
): Promise<LendingConnection> {
  options.signal?.throwIfAborted();
  const session = await openSession(facts, options);
  const limit = setTimeout(() => session.socket.destroy(), options.connectTimeoutMs ?? GREETING_TIMEOUT_MS);
  try {
    const found = await session.client.query(
      "SELECT pg_catalog.current_setting('server_version_num') AS version, pg_catalog.pg_backend_pid() AS pid",
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
): LendingConnection {
  const { client } = session;
  let running = 0;
  let idle = (): void => undefined;
  const signalBackend = (call: BackendSignal) => (): Promise<void> =>
    sendSignal(facts, options.applicationName, server.processId, call);
  const cancel = signalBackend('pg_cancel_backend');
  const terminate = signalBackend('pg_terminate_backend');
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    options.signal?.throwIfAborted();
    running++;
    try {
      return await abortable(options.signal, { cancel, terminate, socket: session.socket }, work);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw statementFailure(facts, error);
    } finally {
      running--;
      if (running === 0) idle();
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
    lend: (work) => run(() => work(client)),
    script: (sql) =>
      run(async () => {
        await withoutRows(client, { text: sql });
      }),
    run: (sql) => run(() => withoutRows(client, { text: sql, values: [], queryMode: 'extended' })),
    onNotice: (listener) => listenToNotices(client, listener),
    cancel,
    terminate,
    close: async () => {
      const ended = new Promise<void>((resolve) => {
        idle = resolve;
      });
      // The server would go on with a statement whose client is gone, and keep its locks.
      for (const end of [cancel, terminate]) {
        if (running > 0) await within(CLOSE_CANCEL_MS, Promise.all([end().catch(() => undefined), ended]));
      }
      await endSession(session);
    },
  };
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: limit.signal }).catch(() => undefined);
  await Promise.race([work, late]);
  limit.abort();
}

/** With a listener for rows and no callback, `pg` keeps none. */
function withoutRows(
  client: Client,
  text: { text: string; values?: unknown[]; queryMode?: string },
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const query = new Query(text);
    query.on('row', () => undefined);
    query.on('error', reject);
    query.on('end', (result) => resolve(result.rowCount ?? undefined));
    client.query(query);
  });
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

type Ends = {
  readonly cancel: () => Promise<void>;
  readonly terminate: () => Promise<void>;
  readonly socket: Socket;
};

/** Runs `work`; an abort meanwhile cancels it at the server, then ends its backend, and at last cuts the connection. */
async function abortable<T>(
  signal: AbortSignal | undefined,
  { cancel, terminate, socket }: Ends,
  work: () => Promise<T>,
): Promise<T> {
  let grace: NodeJS.Timeout | undefined;
  const cut = (): void => void socket.destroy();
  const end = (): void => {
    grace = setTimeout(cut, TERMINATE_GRACE_MS);
    terminate().catch(cut);
  };
  const abort = (): void => {
    grace = setTimeout(end, CANCEL_GRACE_MS);
    cancel().catch(cut);
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work();
  } finally {
    clearTimeout(grace);
    signal?.removeEventListener('abort', abort);
  }
}

/** Both are allowed to the backend's own role (docs 9.28.2, Server Signaling Functions). */
type BackendSignal = 'pg_cancel_backend' | 'pg_terminate_backend';

async function sendSignal(
  facts: ConnectionFacts,
  applicationName: string,
  processId: number,
  call: BackendSignal,
): Promise<void> {
  const { client, socket } = await openSession(facts, { applicationName, connectTimeoutMs: 5_000 });
  try {
    // A role may be set to begin as another (a branch's is), which may not cancel what the first one runs.
    await client.query('SET ROLE NONE');
    await client.query(`SELECT pg_catalog.${call}($1)`, [processId]);
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
    object: { schema: error.schema, table: error.table, column: error.column, constraint: error.constraint },
  });
}
