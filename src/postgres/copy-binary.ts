/** Signature, flags and the length of the header's extension (docs: COPY, Binary Format). */
const SIGNATURE_BYTES = 11;
const HEADER_BYTES = SIGNATURE_BYTES + 8;

/** A reader of COPY's binary format that is fed by pieces of any size. */
export type BinaryRows = { readonly push: (piece: Buffer) => void };

/** Calls `onRow` with the fields of each row as the server's send functions wrote them; they last until it returns. */
export function binaryRows(onRow: (fields: readonly (Buffer | undefined)[]) => void): BinaryRows {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  return {
    push: (piece) => {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      let at = 0;
      if (!begun) {
        if (bytes.length < HEADER_BYTES) {
          rest = Buffer.from(bytes);
          return;
        }
        begun = true;
        at = HEADER_BYTES + bytes.readInt32BE(HEADER_BYTES - 4);
      }
      for (;;) {
        const row = readRow(bytes, at);
        if (row === undefined) break;
        onRow(row.fields);
        at = row.end;
      }
      rest = Buffer.from(bytes.subarray(at));
    },
  };
}

/** Undefined where the row is not whole, and for the trailer, whose count is -1. */
function readRow(
  bytes: Buffer,
  from: number,
): { fields: readonly (Buffer | undefined)[]; end: number } | undefined {
  if (from + 2 > bytes.length) return undefined;
  const count = bytes.readInt16BE(from);
  if (count < 0) return undefined;
  const fields: (Buffer | undefined)[] = [];
  let at = from + 2;
  for (let field = 0; field < count; field += 1) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) {
      fields.push(undefined);
      continue;
    }
    if (at + length > bytes.length) return undefined;
    fields.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { fields, end: at };
}
