import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { connectFailure } from '../connect-failure.ts';
import type { ConnectionFacts } from '../facts.ts';
import { createFramer, type Frame, ProtocolError } from './framing.ts';
import {
  type BackendKey,
  cancelRequest,
  cstring,
  int32,
  message,
  SSL_REQUEST,
  startupMessage,
  textAt,
} from './messages.ts';
import { startScram } from './scram-exchange.ts';
import { readFields } from './server-fields.ts';

const CONNECT_TIMEOUT_MS = 15_000;
const CANCEL_TIMEOUT_MS = 5_000;
/** Messages of the server that are no rows: an error may quote a long text. */
const LONGEST_HELD = 64 * 1024 * 1024;

/** The server refused the session, in its own words. */
export class StartupRefused extends Error {
  override readonly name = 'StartupRefused';
  /** The ErrorResponse, to be handed on. */
  readonly bytes: Buffer;
  readonly code: string;
  constructor(bytes: Buffer) {
    const fields = readFields(bytes);
    super(fields.get('M') ?? 'The server refused the session.');
    this.bytes = bytes;
    this.code = fields.get('C') ?? '';
  }
}

/** A session at the server that is logged in and idle. */
export type Upstream = {
  readonly socket: Socket;
  readonly key: BackendKey;
  /** The server's ParameterStatus messages, as they came. */
  readonly parameters: readonly Frame[];
  /** Who gets the messages from now on. `passes` tells for which types rows go through unread. */
  readonly listen: (onFrame: (frame: Frame) => void, passes: (type: string) => boolean) => void;
};

/** Opens the way to the server, by TLS as sslmode says. A socket file never has TLS, as with libpq. */
async function openSocket(facts: ConnectionFacts): Promise<Socket> {
  const path = facts.host.startsWith('/') ? `${facts.host}/.s.PGSQL.${facts.port}` : undefined;
  const plain = connectSocket(path ? { path } : { host: facts.host, port: facts.port, noDelay: true });
  plain.setKeepAlive(true, 10_000);
  const limit = setTimeout(() => plain.destroy(new Error('timeout expired')), CONNECT_TIMEOUT_MS);
  try {
    await once(plain, 'connect');
    if (path !== undefined || facts.sslmode === 'disable') return plain;
    return await encrypt(plain, facts);
  } catch (error) {
    plain.destroy();
    throw error;
  } finally {
    clearTimeout(limit);
  }
}

async function encrypt(plain: Socket, facts: ConnectionFacts): Promise<Socket> {
  plain.write(SSL_REQUEST);
  const [answer] = (await once(plain, 'data')) as [Buffer];
  plain.pause();
  // More than the one byte would have come unencrypted (CVE-2021-23222).
  if (answer.length !== 1) throw new ProtocolError('The server sent more than its answer to SSLRequest.');
  if (answer[0] !== 0x53) {
    if (facts.sslmode === 'prefer') return plain;
    throw new Error('The server does not support SSL connections');
  }
  const secure = connectTls({
    socket: plain,
    host: facts.host,
    ...(isIP(facts.host) === 0 ? { servername: facts.host } : {}),
    rejectUnauthorized: facts.sslmode === 'verify-full',
  });
  await once(secure, 'secureConnect');
  return secure;
}

/**
 * Opens a session and logs in with the facts' password, by whatever the server asks for (SCRAM-SHA-256, MD5, clear
 * text, none). `parameters` go into the startup packet beside user and database. Throws StartupRefused with the server's
 * words, ProviderError when the server cannot be reached.
 */
export async function openUpstream(
  facts: ConnectionFacts,
  parameters: ReadonlyMap<string, string>,
): Promise<Upstream> {
  let socket: Socket | undefined;
  try {
    socket = await openSocket(facts);
    return await logIn(socket, facts, parameters);
  } catch (error) {
    socket?.destroy();
    if (error instanceof StartupRefused) throw error;
    throw connectFailure(facts, error);
  }
}

function logIn(
  socket: Socket,
  facts: ConnectionFacts,
  given: ReadonlyMap<string, string>,
): Promise<Upstream> {
  return new Promise((resolve, reject) => {
    const parameters: Frame[] = [];
    let key: BackendKey = { processId: 0, secret: Buffer.alloc(4) };
    let passes = (_type: string): boolean => false;
    const limit = setTimeout(() => reject(new Error('timeout expired')), CONNECT_TIMEOUT_MS);
    const fail = (error: unknown): void => {
      clearTimeout(limit);
      reject(error);
    };
    const authenticate = authenticator(socket, facts);
    let authenticated: Promise<void> = Promise.resolve();
    let onFrame = ({ type, bytes }: Frame): void => {
      if (type === 'R') authenticated = authenticated.then(() => authenticate(bytes));
      else if (type === 'E') fail(new StartupRefused(bytes));
      else if (type === 'S') parameters.push({ type, bytes, more: false, continued: false });
      else if (type === 'K')
        key = { processId: bytes.readInt32BE(5), secret: Buffer.from(bytes.subarray(9)) };
      else if (type === 'Z') {
        clearTimeout(limit);
        // Not before the server's proof was checked, which may stand in the same packet.
        authenticated.then(() => resolve({ socket, key, parameters, listen }), fail);
      }
      authenticated.catch(fail);
    };
    const listen: Upstream['listen'] = (next, passesNow) => {
      onFrame = next;
      passes = passesNow;
    };
    const feed = createFramer({
      holds: (type) => (passes(type) ? 0 : LONGEST_HELD),
      emit: (frame) => onFrame(frame),
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        feed(chunk);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('Connection terminated')));
    const login = [['user', facts.user] as const, ['database', facts.database] as const];
    socket.resume().write(startupMessage(new Map([...given, ...login])));
  });
}

/** Answers the server's AuthenticationXXX messages (docs 53.2.1, 53.7). */
function authenticator(socket: Socket, facts: ConnectionFacts): (bytes: Buffer) => Promise<void> {
  let scram: ReturnType<typeof startScram> | undefined;
  const tell = (text: string): unknown => socket.write(message('p', cstring(text)));
  return async (bytes) => {
    const body = bytes.subarray(9);
    const { password, user } = facts;
    switch (bytes.readInt32BE(5)) {
      case 0:
        return;
      case 3:
        return void tell(password.reveal());
      case 5:
        return void tell(`md5${md5(md5(password.reveal() + user), body.subarray(0, 4))}`);
      case 10: {
        scram = startScram(password, mechanisms(body));
        const first = Buffer.from(scram.first);
        return void socket.write(message('p', cstring(scram.mechanism), int32(first.length), first));
      }
      case 11:
        return void socket.write(
          message('p', Buffer.from((await scram?.answer(body.toString('utf8'))) ?? '')),
        );
      case 12:
        return scram?.verify(body.toString('utf8'));
      default:
        throw new ProtocolError('The server asks for a way to log in that Pullgres does not know.');
    }
  };
}

function md5(text: string, salt: Buffer = Buffer.alloc(0)): string {
  return createHash('md5').update(text).update(salt).digest('hex');
}

function mechanisms(body: Buffer): readonly string[] {
  const names: string[] = [];
  for (let found = textAt(body, 0); found && found.text !== ''; found = textAt(body, found.end))
    names.push(found.text);
  return names;
}

/** Asks the server to cancel what the backend runs (docs 53.2.8). Settles when the server has taken it; never throws. */
export async function cancelUpstream(facts: ConnectionFacts, key: BackendKey): Promise<void> {
  try {
    const socket = await openSocket(facts);
    const limit = setTimeout(() => socket.destroy(), CANCEL_TIMEOUT_MS);
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume().write(cancelRequest(key));
    await closed;
    clearTimeout(limit);
  } catch {
    // The server is gone or takes no connection: the statement's own limit stands.
  }
}
