/** Messages of the protocol, version 3.0 (docs 53.7). Texts are UTF-8; the names and settings that we send ourselves are ASCII. */

/** A message with its type and length. */
export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 4);
  const bytes = Buffer.allocUnsafe(length + 1);
  bytes.write(type, 0, 'latin1');
  bytes.writeInt32BE(length, 1);
  let at = 5;
  for (const part of parts) at += part.copy(bytes, at);
  return bytes;
}

/** A text and the zero byte that ends it. */
export function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const SYNC = message('S');
export const FLUSH = message('H');
export const TERMINATE = message('X');

const STARTUP_3_0 = 196_608;
export const SSL_REQUEST = Buffer.concat([int32(8), int32(80_877_103)]);
const CANCEL_CODE = 80_877_102;

/** The first message of a session has no type. */
export function startupMessage(parameters: ReadonlyMap<string, string>): Buffer {
  const texts = [...parameters].flatMap(([name, value]) => [cstring(name), cstring(value)]);
  const body = Buffer.concat([int32(STARTUP_3_0), ...texts, Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

/** What names a backend for cancelling: sent at its start. The secret has 4 bytes in version 3.0. */
export type BackendKey = { readonly processId: number; readonly secret: Buffer };

export function cancelRequest({ processId, secret }: BackendKey): Buffer {
  return Buffer.concat([int32(12 + secret.length), int32(CANCEL_CODE), int32(processId), secret]);
}

export function backendKeyData({ processId, secret }: BackendKey): Buffer {
  return message('K', int32(processId), secret);
}

export function parseMessage(name: string, sql: string): Buffer {
  return message('P', cstring(name), cstring(sql), int16(0));
}

/** All values as text, all results as text. */
export function bindMessage(portal: string, statement: string, values: readonly (string | null)[]): Buffer {
  const given = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = Buffer.from(value);
    return [int32(bytes.length), bytes];
  });
  return message(
    'B',
    cstring(portal),
    cstring(statement),
    int16(0),
    int16(values.length),
    ...given,
    int16(0),
  );
}

export function describePortal(name: string): Buffer {
  return message('D', Buffer.from('P'), cstring(name));
}

export function executePortal(name: string): Buffer {
  return message('E', cstring(name), int32(0));
}

export function closeMessage(kind: 'S' | 'P', name: string): Buffer {
  return message('C', Buffer.from(kind), cstring(name));
}

export function queryMessage(sql: Buffer): Buffer {
  return message('Q', sql, Buffer.from([0]));
}

export function readyForQuery(status: string): Buffer {
  return message('Z', Buffer.from(status));
}

export type Complaint = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
};

/** An error that we raise ourselves, with the fields that every client reads (docs 53.8). */
export function errorResponse(
  severity: 'ERROR' | 'FATAL',
  { code, message: words, hint }: Complaint,
): Buffer {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${words}`, ...(hint ? [`H${hint}`] : [])];
  return message('E', ...fields.map(cstring), Buffer.from([0]));
}

/** The text from `at` to its zero byte. Undefined when there is none. */
export function textAt(
  bytes: Buffer,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  const end = bytes.indexOf(0, at);
  return end < 0 ? undefined : { text: bytes.toString('utf8', at, end), end: end + 1 };
}
