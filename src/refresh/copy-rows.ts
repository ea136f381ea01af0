import type { CopyConnection } from '../postgres/copy.ts';
import { binaryRows } from '../postgres/copy-binary.ts';

const READ_AHEAD_BYTES = 1 << 20;

/** A session that streams rows. */
export type RowSession = Pick<CopyConnection, 'query' | 'copyOut'>;

/** Streams a query's rows in binary format; gives their bytes. Throws as `CopyOut` does, without the server's text. */
export async function copyBytes(
  session: RowSession,
  { query, what }: { query: string; what: string },
  onBytes: (piece: Buffer) => void,
): Promise<number> {
  const { chunks } = session.copyOut(`COPY (${query}) TO STDOUT (FORMAT binary)`, {
    what,
    readAhead: READ_AHEAD_BYTES,
  });
  let bytes = 0;
  for await (const piece of chunks) {
    bytes += piece.length;
    onBytes(piece);
  }
  return bytes;
}

/** As `copyBytes`, row by row; the fields last until `onRow` returns. */
export function copyRows(
  session: RowSession,
  request: { query: string; what: string },
  onRow: (fields: readonly (Buffer | undefined)[]) => void,
): Promise<number> {
  const rows = binaryRows(onRow);
  return copyBytes(session, request, (piece) => rows.push(piece));
}
