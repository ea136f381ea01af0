import type { CopyConnection, CopyOut } from '../postgres/copy.ts';
import type { ReaderPool } from './reader-pool.ts';

/** What one reader holds in memory before it waits. */
const READ_AHEAD_BYTES = 8 * 1024 * 1024;

type Reading = { readonly out: CopyOut; readonly session: CopyConnection };

export type Ordered = {
  readonly chunks: AsyncIterable<Buffer>;
  /** Rows that the server's tags told, of the readings that came to their end. */
  readonly rows: () => number;
  /** Ends what is still read. Call it always. */
  readonly end: () => Promise<void>;
};

/**
 * Reads the queries by several sessions at once and gives their bytes one query after the other: the next ones are read
 * while the first is written, as far as memory allows.
 */
export function inOrder(queries: readonly string[], readers: ReaderPool, what: string): Ordered {
  const ahead: Promise<Reading>[] = [];
  const open = new Set<Promise<Reading>>();
  let ended = false;
  let next = 0;
  let rows = 0;
  const start = async (query: string): Promise<Reading> => {
    const session = await readers.acquire();
    if (ended) {
      readers.release(session);
      throw new Error('nobody waits for these rows any more');
    }
    const out = session.copyOut(query, { what, readAhead: READ_AHEAD_BYTES });
    // All is read, if not yet taken: the session can serve the next.
    out.rows.then(
      () => readers.release(session),
      () => undefined,
    );
    return { out, session };
  };
  const startMore = (): void => {
    while (!ended && ahead.length < readers.size && next < queries.length) {
      const reading = start(queries[next++] ?? '');
      reading.catch(() => undefined);
      ahead.push(reading);
      open.add(reading);
    }
  };
  async function* chunks(): AsyncGenerator<Buffer> {
    for (startMore(); ahead.length > 0; startMore()) {
      const [head] = ahead;
      if (head === undefined) return;
      const { out } = await head;
      yield* out.chunks;
      rows += await out.rows;
      open.delete(head);
      ahead.shift();
    }
  }
  return {
    chunks: chunks(),
    rows: () => rows,
    end: async () => {
      ended = true;
      await Promise.all([...open].map((reading) => endReading(reading, readers)));
    },
  };
}

/** A reading that came to its end gave its session back already; any other leaves it in a failed transaction. */
async function endReading(reading: Promise<Reading>, readers: ReaderPool): Promise<void> {
  const started = await Promise.race([reading.catch(() => undefined), soon()]);
  if (started === undefined) return;
  const done = await Promise.race([started.out.rows.then(() => true).catch(() => false), soon()]);
  if (done === true) return;
  started.out.abandon();
  await readers.discard(started.session);
}

/** Settles after all that is settled already. */
function soon(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined));
  });
}
