/** The peer does not speak the protocol (docs 53.7, Message Formats): its session is closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/**
 * A message, header and body. One that is too long to be held comes in pieces: all but the last have `more`, all but
 * the first have `continued`. Messages of a type that is passed on come as runs: several whole ones in one frame.
 */
export type Frame = {
  /** The type's character. */
  readonly type: string;
  readonly bytes: Buffer;
  readonly more: boolean;
  readonly continued: boolean;
};

export type FramerOptions = {
  /** Bytes up to which messages of the type are held until they are whole; 0 passes them on as they come. Asked at each message. */
  readonly holds: (type: string) => number;
  readonly emit: (frame: Frame) => void;
};

const HEADER = 5;
/** As far as a message that is too long to be held is held all the same: the names in it stand there. */
export const HEAD = 16 * 1024;
/** The server's own limit, PQ_LARGE_MESSAGE_LIMIT (libpq.h). */
const LONGEST = 0x3fff_ffff;

/** Splits a stream of bytes into messages. Holds no more than `holds` allows. Throws ProtocolError for a length that cannot be. */
export function createFramer({ holds, emit }: FramerOptions): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** Bytes that `held` waits for, and whether they are a whole message. */
  let wanted = 0;
  let rest = 0;
  let passing = { type: '', left: 0 };

  const pass = (chunk: Buffer, at: number): number => {
    const end = Math.min(chunk.length, at + passing.left);
    passing.left -= end - at;
    emit({ type: passing.type, bytes: chunk.subarray(at, end), more: passing.left > 0, continued: true });
    return end;
  };
  const first = (type: string, bytes: Buffer, left: number): void => {
    passing = { type, left };
    emit({ type, bytes, more: left > 0, continued: false });
  };
  const hold = (bytes: Buffer, upTo: number, more: number): void => {
    held = [bytes];
    heldBytes = bytes.length;
    wanted = upTo;
    rest = more;
  };
  const resume = (chunk: Buffer, at: number): number => {
    const end = Math.min(chunk.length, at + wanted - heldBytes);
    held.push(chunk.subarray(at, end));
    heldBytes += end - at;
    if (heldBytes < wanted) return end;
    const bytes = Buffer.concat(held, heldBytes);
    held = [];
    wanted = 0;
    if (bytes.length === HEADER) open(bytes, 0);
    else first(typeAt(bytes, 0), bytes, rest);
    return end;
  };
  /** Begins the message whose header stands at `at`; gives where the next one does. */
  const open = (chunk: Buffer, at: number): number => {
    if (chunk.length - at < HEADER) {
      hold(chunk.subarray(at), HEADER, 0);
      return chunk.length;
    }
    const type = typeAt(chunk, at);
    const total = totalAt(chunk, at);
    const limit = holds(type);
    if (limit === 0) return run(type, chunk, at, total);
    const part = total <= Math.max(limit, HEAD) ? total : HEAD;
    const end = at + part;
    if (end > chunk.length) {
      hold(chunk.subarray(at), part, total - part);
      return chunk.length;
    }
    first(type, chunk.subarray(at, end), total - part);
    return end;
  };
  const run = (type: string, chunk: Buffer, at: number, total: number): number => {
    let end = at + total;
    const code = chunk[at];
    while (end + HEADER <= chunk.length && chunk[end] === code) end += totalAt(chunk, end);
    first(type, chunk.subarray(at, Math.min(end, chunk.length)), Math.max(0, end - chunk.length));
    return Math.min(end, chunk.length);
  };
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (passing.left > 0) at = pass(chunk, at);
      else at = wanted > 0 ? resume(chunk, at) : open(chunk, at);
    }
  };
}

const TYPES: readonly string[] = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

function typeAt(bytes: Buffer, at: number): string {
  return TYPES[bytes[at] ?? 0] ?? '';
}

/** The length counts itself and not the type. */
function totalAt(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at + 1);
  if (length >= 4 && length <= LONGEST) return length + 1;
  throw new ProtocolError(`A message of type ${JSON.stringify(typeAt(bytes, at))} has the length ${length}.`);
}
