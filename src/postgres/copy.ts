import type { Readable } from 'node:stream';
import {
  type CopyStreamQuery,
  type CopyToStreamQuery,
  from as copyFrom,
  to as copyTo,
} from 'pg-copy-streams';
import { type Connection, type LendingConnection, openLendingConnection } from './connection.ts';
import type { ConnectionFacts } from './facts.ts';
import { withoutValues } from './refusal.ts';
import type { OpenOptions } from './session.ts';

/** What a target holds in memory before it makes its source wait. */
const WRITE_AHEAD_BYTES = 1024 * 1024;

/** A connection that can also stream COPY. */
export type CopyConnection = Connection & {
  /**
   * Starts `COPY … TO STDOUT`.
   * @param request `what` begins the sentence of an error; `readAhead` in bytes: so much is read before somebody takes it.
   */
  readonly copyOut: (sql: string, request: { readonly what: string; readonly readAhead: number }) => CopyOut;
  /**
   * Runs `COPY … FROM STDIN` with the chunks, cut anywhere, and gives the rows that the server's command tag tells.
   * When the chunks fail, the COPY fails at the server, and their error is thrown.
   */
  readonly copyIn: (
    sql: string,
    chunks: AsyncIterable<Buffer>,
    request: { readonly what: string; readonly onBytes?: (bytes: number) => void },
  ) => Promise<number>;
};

/** Rows on their way. Errors are ProviderErrors without the server's text, which can hold values of rows. */
export type CopyOut = {
  readonly chunks: AsyncIterable<Buffer>;
  /** Rows by the server's command tag, once all are read; rejects when the COPY failed or the connection was lost. */
  readonly rows: Promise<number>;
  /** Lets the rest go unread, so that a cancellation finds a server that is not stuck in writing to us. */
  readonly abandon: () => void;
};

/** Opens a connection for COPY. Throws as `openConnection` does. */
export async function openCopyConnection(
  facts: ConnectionFacts,
  options: OpenOptions,
): Promise<CopyConnection> {
  const connection = await openLendingConnection(facts, options);
  return {
    ...connection,
    copyOut: (sql, request) => startCopyOut(connection, sql, request),
    copyIn: (sql, chunks, { what, onBytes }) =>
      connection
        .lend((client) => {
          const stream = copyFrom(sql, { highWaterMark: WRITE_AHEAD_BYTES });
          const done = writeAll(stream, chunks, onBytes);
          client.query(stream);
          return done;
        })
        .catch((error: unknown) => {
          throw withoutValues(error, what);
        }),
  };
}

/** The library's stream, with the call that `pg` makes when the server is ready for the next query. */
type ReadingStream = CopyToStreamQuery & { handleReadyForQuery: () => void };

function startCopyOut(
  connection: LendingConnection,
  sql: string,
  { what, readAhead }: { what: string; readAhead: number },
): CopyOut {
  const stream = copyTo(sql, { highWaterMark: readAhead }) as ReadingStream;
  const abandon = (): void => void stream.on('data', () => undefined).resume();
  const rows = connection
    .lend(
      (client) =>
        new Promise<number>((resolve, reject) => {
          // The end of the data comes before the command tag.
          stream.handleReadyForQuery = () => resolve(stream.rowCount);
          stream.on('error', reject);
          client.query(stream);
        }),
    )
    .catch((error: unknown) => {
      throw withoutValues(error, what);
    });
  // Else whoever waits for a chunk would wait for ever: the library tells of an error, but does not end the stream.
  rows.catch(() => stream.destroy());
  return { chunks: readAll(stream, rows), rows, abandon };
}

async function* readAll(stream: Readable, rows: Promise<number>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk;
  } catch {
    // The stream's own error can hold the server's text.
  }
  // An abort before the COPY was sent leaves the stream without an end, and a failure ends it early.
  await rows;
}

/** Settles as soon as the server has answered; the loop over the chunks ends by itself, at the latest with their source. */
function writeAll(
  stream: CopyStreamQuery,
  chunks: AsyncIterable<Buffer>,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<number> {
  let failure: unknown;
  let over = false;
  const finished = new Promise<number>((resolve, reject) => {
    stream.on('error', (error) => {
      over = true;
      silence(stream as WritingStream);
      reject(failure ?? error);
    });
    stream.on('finish', () => resolve(stream.rowCount));
  });
  const ended = finished.then(
    () => undefined,
    () => undefined,
  );
  const feed = async (): Promise<void> => {
    for await (const chunk of chunks) {
      if (over) return;
      onBytes?.(chunk.length);
      if (!stream.write(chunk)) await Promise.race([drained(stream), ended]);
    }
    if (!over) stream.end();
  };
  feed().catch((error: unknown) => {
    failure = error;
    // The text goes into the server's log. The library cannot be destroyed once the server has answered.
    if (!over) stream.destroy(new Error('the rows did not come to their end'));
  });
  return finished;
}

/** The library's stream, with what waits in it for the socket. */
type WritingStream = CopyStreamQuery & { chunks: unknown[] };

/** Once the server has answered, the library (7.0) would still write what waits, to a connection that it has let go. */
function silence(stream: WritingStream): void {
  stream.chunks = [];
  stream._destroy = (_error, done) => done(null);
  stream.destroy();
}

function drained(stream: CopyStreamQuery): Promise<void> {
  return new Promise((resolve) => {
    stream.once('drain', resolve);
  });
}
