import type { Socket } from 'node:net';
import type { ConnectionFacts } from '../../postgres/facts.ts';
import { createClientReader } from '../../postgres/wire/client-reader.ts';
import { decoderOf } from '../../postgres/wire/encoding.ts';
import { createExchange, type Exchange } from '../../postgres/wire/exchange.ts';
import { type Frame, ProtocolError } from '../../postgres/wire/framing.ts';
import { createInjected, type Injected } from '../../postgres/wire/injected.ts';
import {
  type BackendKey,
  backendKeyData,
  errorResponse,
  int32,
  message,
  readyForQuery,
  TERMINATE,
  textAt,
} from '../../postgres/wire/messages.ts';
import { decodeUtf8, readFields, severityOf } from '../../postgres/wire/server-fields.ts';
import { cancelUpstream, type Upstream } from '../../postgres/wire/upstream.ts';
import type { Treatment } from './elsewhere.ts';
import { createExtendedQuery } from './extended-query.ts';
import type { Levels } from './levels.ts';
import { drop, type Session } from './session.ts';
import { functionCall, simpleQuery } from './simple-query.ts';

const AUTHENTICATION_OK = message('R', int32(0));
/** A server that does not take its leave is cut off. */
const FAREWELL_MS = 2_000;

export type ServeOptions = {
  readonly client: Socket;
  readonly upstream: Upstream;
  readonly facts: ConnectionFacts;
  /** What the client is given to cancel with. */
  readonly key: BackendKey;
  readonly serverVersion: number;
  /** Called when the session stands and before the client hears of it. */
  readonly prepare: (
    injected: Injected,
    exchange: Exchange,
  ) => Promise<{
    readonly treatment: Treatment;
    readonly levels: Levels;
  }>;
};

/** Carries one session from the server's ReadyForQuery to its end. Never throws for what either side does; gives a problem of the protocol or the session's loss. */
export async function serveSession(options: ServeOptions): Promise<Error | undefined> {
  const { client, upstream } = options;
  const settings = new Map<string, string>();
  const writer = clientWriter(client, upstream.socket);
  const toClient = writer.write;
  let levels: Levels | undefined;
  let isBetween = (): boolean => false;
  let isGreeted = false;
  const parameters = [...upstream.parameters];
  const onAside = (frame: Frame): void => {
    if (frame.type === 'S') noteSetting(settings, frame.bytes);
    if (!isGreeted && frame.type === 'S') parameters.push(frame);
    const isNotice = frame.type === 'N';
    if (isGreeted && (!isNotice || hearNotice(frame.bytes))) toClient(frame.bytes);
  };
  const hearNotice = (bytes: Buffer): boolean => {
    const fields = readFields(bytes, decode);
    const [severity, code] = [severityOf(fields), fields.get('C') ?? ''];
    injected.notice({ severity, code, message: fields.get('M') ?? '' });
    // Of a transaction that we began the client knows nothing.
    if (code === '25001' && isBetween()) return false;
    return levels?.isAsked(severity) ?? false;
  };
  for (const frame of upstream.parameters) noteSetting(settings, frame.bytes);
  const encoding = (): string => settings.get('client_encoding') ?? 'UTF8';
  let decoder = { encoding: '', decode: decodeUtf8 };
  const decode = (bytes: Buffer): string => {
    if (decoder.encoding !== encoding()) decoder = { encoding: encoding(), decode: decoderOf(encoding()) };
    return decoder.decode(bytes);
  };
  const exchange = createExchange(upstream, { onAside });
  const injected = createInjected({
    exchange,
    facts: options.facts,
    key: upstream.key,
    processId: upstream.key.processId,
    serverVersion: options.serverVersion,
    decode,
  });
  const goodbye = (): void => {
    // A server that works on a statement would not notice.
    const cancelled = exchange.isBusy() ? cancelUpstream(options.facts, upstream.key) : Promise.resolve();
    void cancelled.then(() => upstream.socket.destroy());
  };
  try {
    const prepared = await options.prepare(injected, exchange);
    levels = prepared.levels;
    isBetween = prepared.treatment.isOurs;
    isGreeted = true;
    toClient(AUTHENTICATION_OK);
    for (const { bytes } of parameters) toClient(bytes);
    toClient(backendKeyData(options.key));
    toClient(readyForQuery('I'));
    client.once('close', goodbye);
    void exchange.lost.then(() => {
      writer.flush();
      client.end();
    });
    const reader = createClientReader(client);
    await converse({
      client,
      exchange,
      reader,
      injected,
      watching: prepared.treatment,
      decode,
      encoding,
      toClient,
    });
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError) {
      toClient(errorResponse('FATAL', { code: '08P01', message: error.message }));
    }
    // What a client leaves behind when it goes in the middle is not the server's doing.
    if (client.readableEnded || client.destroyed) return undefined;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    client.off('close', goodbye);
    await farewell(exchange, upstream.socket);
    writer.flush();
    client.end();
    client.destroySoon();
  }
}

async function converse(session: Session): Promise<void> {
  const { reader } = session;
  const extended = createExtendedQuery(session);
  for (;;) {
    const frame = await reader.next();
    if (frame === undefined) {
      if (reader.isGone()) return;
      continue;
    }
    const { type } = frame;
    if (type === 'X') return;
    // What a client still sends for a COPY that has failed counts for nothing.
    if (type === 'd' || type === 'c' || type === 'f') continue;
    if (EXTENDED.includes(type)) await extended.take(frame);
    else if (extended.isSkipping()) await drop(session, frame);
    else if (type === 'Q') await simpleQuery(session, frame);
    else if (type === 'F') await functionCall(session, frame);
    else throw new ProtocolError(`There is no message of type ${JSON.stringify(type)}.`);
  }
}

const EXTENDED = 'PBDECHS';

function noteSetting(settings: Map<string, string>, bytes: Buffer): void {
  const name = textAt(bytes, 5);
  const value = name && textAt(bytes, name.end);
  if (name && value) settings.set(name.text, value.text);
}

/** Messages for the client: what one turn brings goes in one write. */
type ClientWriter = { readonly write: (bytes: Buffer) => void; readonly flush: () => void };

/** Below that, copying into one is cheaper than a list for the kernel. */
const SMALL_BYTES = 4 * 1024;
const QUEUE_BYTES = 64 * 1024;

/** When the client reads too slowly, the server waits. */
function clientWriter(client: Socket, server: Socket): ClientWriter {
  let queued: Buffer[] = [];
  let queuedBytes = 0;
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    const list = queuedBytes < SMALL_BYTES ? [Buffer.concat(queued, queuedBytes)] : queued;
    const isEmpty = queuedBytes === 0;
    queued = [];
    queuedBytes = 0;
    if (isEmpty || !client.writable) return;
    client.cork();
    for (const bytes of list) client.write(bytes);
    client.uncork();
    if (client.writableNeedDrain) server.pause();
  };
  client.on('drain', () => server.resume());
  client.once('close', () => server.resume());
  const write = (bytes: Buffer): void => {
    queued.push(bytes);
    queuedBytes += bytes.length;
    if (queuedBytes >= QUEUE_BYTES) flush();
    else if (!isScheduled) {
      isScheduled = true;
      setImmediate(flush);
    }
  };
  return { write, flush };
}

async function farewell(exchange: Exchange, socket: Socket): Promise<void> {
  if (exchange.isLost()) return;
  exchange.pass(TERMINATE);
  const limit = setTimeout(() => socket.destroy(), FAREWELL_MS);
  await exchange.flush();
  socket.end();
  await exchange.lost;
  clearTimeout(limit);
}
