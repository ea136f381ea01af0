import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { ProtocolError } from './framing.ts';
import { type BackendKey, int32, message, textAt } from './messages.ts';
import { readableIn } from './stream-events.ts';

/** The server's own limit, MAX_STARTUP_PACKET_LENGTH (pqcomm.h). */
const LONGEST_PACKET = 10_000;
const CANCEL_CODE = 80_877_102;
const SSL_CODE = 80_877_103;
const GSS_CODE = 80_877_104;
const NO = Buffer.from('N');
/** The client's SSLRequest and GSSENCRequest, each once. */
const MOST_REQUESTS = 3;

export type Greeting =
  | { readonly kind: 'cancel'; readonly key: BackendKey }
  | { readonly kind: 'startup'; readonly parameters: ReadonlyMap<string, string> };

/** Exactly so many bytes. Undefined when the client is gone before. */
async function take(socket: Socket, length: number): Promise<Buffer | undefined> {
  let held: Buffer = Buffer.alloc(0);
  while (held.length < length) {
    // All that is there: a socket that keeps a part would call itself readable again at once.
    const chunk: Buffer | null = socket.read();
    if (chunk !== null) held = Buffer.concat([held, chunk]);
    else if (socket.readableEnded || socket.destroyed) return undefined;
    else await readableIn(socket);
  }
  if (held.length > length) socket.unshift(held.subarray(length));
  return held.subarray(0, length);
}

/**
 * Reads what a client begins with: encryption is answered with no, since we listen on loopback only (docs 53.2.10).
 * Undefined when it left. Throws ProtocolError for what no client of version 3 sends.
 */
export async function readGreeting(socket: Socket): Promise<Greeting | undefined> {
  for (let requests = 0; requests < MOST_REQUESTS; requests++) {
    const head = await take(socket, 8);
    if (head === undefined) return undefined;
    const [length, code] = [head.readInt32BE(0), head.readInt32BE(4)];
    if (head[0] === 0x16) throw new ProtocolError('It began with TLS and without asking for it.');
    if (length < 8 || length > LONGEST_PACKET)
      throw new ProtocolError(`Its first packet has the length ${length}.`);
    const body = length === 8 ? Buffer.alloc(0) : await take(socket, length - 8);
    if (body === undefined) return undefined;
    if (code === SSL_CODE || code === GSS_CODE) socket.write(NO);
    else if (code === CANCEL_CODE) return { kind: 'cancel', key: readKey(body) };
    else return { kind: 'startup', parameters: readStartup(socket, code, body) };
  }
  throw new ProtocolError('It asks for encryption again and again.');
}

function readKey(body: Buffer): BackendKey {
  if (body.length < 8) throw new ProtocolError('Its cancel request is too short.');
  return { processId: body.readInt32BE(0), secret: Buffer.from(body.subarray(4)) };
}

function readStartup(socket: Socket, code: number, body: Buffer): ReadonlyMap<string, string> {
  const [major, minor] = [code >> 16, code & 0xffff];
  if (major !== 3) throw new ProtocolError(`It speaks version ${major}.${minor} of the protocol.`);
  const parameters = new Map<string, string>();
  const unknown: string[] = [];
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const name = textAt(body, at);
    const value = name && textAt(body, name.end);
    if (!name || !value) throw new ProtocolError('Its startup packet is cut off.');
    if (name.text.startsWith('_pq_.')) unknown.push(name.text);
    else parameters.set(name.text, value.text);
    at = value.end;
  }
  if (minor > 0 || unknown.length > 0) {
    const names = unknown.map((name) => Buffer.from(`${name}\0`));
    socket.write(message('v', int32(0), int32(unknown.length), ...names));
  }
  return parameters;
}

/** Asks for the password in clear text, which stays on this machine. False when it is another one, or the client left. */
export async function checkPassword(socket: Socket, expected: string): Promise<boolean> {
  socket.write(message('R', int32(3)));
  const head = await take(socket, 5);
  if (head === undefined || head[0] !== 0x70) return false;
  const length = head.readInt32BE(1);
  if (length < 5 || length > LONGEST_PACKET) return false;
  const body = await take(socket, length - 4);
  const given = body?.subarray(0, -1) ?? Buffer.alloc(0);
  const right = Buffer.from(expected);
  return given.length === right.length && timingSafeEqual(given, right);
}
