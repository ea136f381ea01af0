import type { Frame } from './framing.ts';
import { SYNC } from './messages.ts';
import { readFields, type ServerFields } from './server-fields.ts';
import { roomIn } from './stream-events.ts';
import type { Upstream } from './upstream.ts';

/** How a message that was sent ended. `skipped`: an error before it made the server pass over it; `lost`: the session is gone. */
export type Ending =
  | { readonly kind: 'done'; readonly tag: string | undefined; readonly suspended: boolean }
  | { readonly kind: 'refused'; readonly fields: ServerFields; readonly bytes: Buffer }
  | { readonly kind: 'skipped' }
  | { readonly kind: 'lost' };

/** Which answer ends a message (docs 53.2.2, 53.2.3): for a query, a function call and Sync that is ReadyForQuery. */
const ENDS = {
  query: 'Z',
  sync: 'Z',
  parse: '1',
  bind: '2',
  close: '3',
  describe: 'Tn',
  execute: 'CsI',
} as const;

/** One message to the server, and who hears what it answers. */
export type Sent = {
  readonly kind: keyof typeof ENDS;
  readonly bytes: Buffer;
  /** Hears every message of the answer, the last one too. */
  readonly hear: (frame: Frame) => void;
  readonly ended: (ending: Ending) => void;
  /** Rows may go through in runs, unread. */
  readonly streams: boolean;
};

/** The transaction's state as ReadyForQuery tells it: idle, in a block, in a failed block. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** The messages that are sent to the server in order, and its answers to each, whoever sent it. */
export type Exchange = {
  /** Queues a message; `flush` sends. One that the server would skip, because of an error since the last Sync, is not sent. */
  readonly send: (sent: Sent) => void;
  /** Bytes that have no answer of their own: pieces of a message, COPY's data, Flush. */
  readonly pass: (bytes: Buffer) => void;
  /** Sends what is queued. Settles when the server's buffer has room again. */
  readonly flush: () => Promise<void>;
  readonly status: () => TransactionStatus;
  /** An error made the server pass over everything until the next Sync. */
  readonly isSkipping: () => boolean;
  readonly isLost: () => boolean;
  /** The server owes an answer. */
  readonly isBusy: () => boolean;
  /** Settles when the session is gone. */
  readonly lost: Promise<void>;
};

export type ExchangeOptions = {
  /** Notices, notifications and settings, which may come at any time; errors that belong to nothing: the server ends the session. */
  readonly onAside: (frame: Frame) => void;
};

const ASIDE = 'NAS';
const ROWS = 'Dd';
/** As much is queued before it is sent unasked. */
const QUEUE_BYTES = 64 * 1024;
/** Below that, copying into one is cheaper than a list for the kernel. */
const SMALL_BYTES = 4 * 1024;

/** Takes the session over. */
export function createExchange({ socket, listen }: Upstream, { onAside }: ExchangeOptions): Exchange {
  const waiting: Sent[] = [];
  let status: TransactionStatus = 'I';
  let skipping = false;
  let failure: { fields: ServerFields; bytes: Buffer } | undefined;
  let tag: string | undefined;
  let queued: Buffer[] = [];
  let queuedBytes = 0;
  let isLost = false;

  const settle = (ending: Ending): void => {
    const sent = waiting.shift();
    failure = undefined;
    tag = undefined;
    sent?.ended(ending);
  };
  /** All up to the next Sync is passed over. */
  const skip = (): void => {
    skipping = true;
    while (waiting.length > 0 && waiting[0]?.kind !== 'sync') settle({ kind: 'skipped' });
    if (waiting[0]?.kind === 'sync') skipping = false;
  };
  const refuse = (frame: Frame): void => {
    const [head] = waiting;
    if (head === undefined) {
      onAside(frame);
      return;
    }
    head.hear(frame);
    failure ??= { fields: readFields(frame.bytes), bytes: frame.bytes };
    if (ENDS[head.kind] === 'Z') return;
    settle({ kind: 'refused', ...failure });
    skip();
  };
  const onFrame = (frame: Frame): void => {
    const { type } = frame;
    if (ASIDE.includes(type)) onAside(frame);
    else if (type === 'E') refuse(frame);
    else answer(frame);
  };
  const answer = (frame: Frame): void => {
    const { type } = frame;
    const [head] = waiting;
    if (head === undefined) return;
    if (type === 'C') tag = frame.bytes.toString('latin1', 5, frame.bytes.length - 1);
    if (type === 'Z') status = String.fromCharCode(frame.bytes[5] ?? 0x49) as TransactionStatus;
    head.hear(frame);
    if (!ENDS[head.kind].includes(type)) return;
    if (failure !== undefined) settle({ kind: 'refused', ...failure });
    else settle({ kind: 'done', tag, suspended: type === 's' });
  };
  listen(onFrame, (type) => ROWS.includes(type) && (waiting[0]?.streams ?? true));

  const lost = new Promise<void>((resolve) => {
    socket.once('close', () => {
      isLost = true;
      while (waiting.length > 0) settle(failure ? { kind: 'refused', ...failure } : { kind: 'lost' });
      resolve();
    });
  });
  socket.on('error', () => undefined);
  const write = (): void => {
    if (queuedBytes === 0) return;
    if (queuedBytes < SMALL_BYTES) socket.write(Buffer.concat(queued, queuedBytes));
    else {
      socket.cork();
      for (const bytes of queued) socket.write(bytes);
      socket.uncork();
    }
    queued = [];
    queuedBytes = 0;
  };
  const pass = (bytes: Buffer): void => {
    queued.push(bytes);
    queuedBytes += bytes.length;
    if (queuedBytes > QUEUE_BYTES) write();
  };
  return {
    send: (sent) => {
      if (isLost) return sent.ended({ kind: 'lost' });
      if (skipping && sent.kind !== 'sync' && sent.kind !== 'query') return sent.ended({ kind: 'skipped' });
      if (sent.kind === 'sync') skipping = false;
      waiting.push(sent);
      pass(sent.bytes);
    },
    pass,
    flush: async () => {
      write();
      if (socket.writableNeedDrain && !isLost) await roomIn(socket);
    },
    status: () => status,
    isSkipping: () => skipping,
    isLost: () => isLost,
    isBusy: () => waiting.length > 0,
    lost,
  };
}

/** A Sync whose ReadyForQuery is heard by `hear`. */
export function sync(hear: Sent['hear'], ended: Sent['ended']): Sent {
  return { kind: 'sync', bytes: SYNC, hear, ended, streams: false };
}
