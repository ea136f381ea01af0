import type { Socket } from 'node:net';
import type { ClientReader } from '../../postgres/wire/client-reader.ts';
import type { Ending, Exchange, Sent } from '../../postgres/wire/exchange.ts';
import type { Frame } from '../../postgres/wire/framing.ts';
import type { Injected } from '../../postgres/wire/injected.ts';
import type { Decode } from '../../postgres/wire/server-fields.ts';
import type { Treatment } from './elsewhere.ts';

/** One client and its session at the server. */
export type Session = {
  readonly client: Socket;
  readonly exchange: Exchange;
  readonly reader: ClientReader;
  readonly injected: Injected;
  readonly watching: Treatment;
  readonly decode: Decode;
  /** The session's client_encoding now. */
  readonly encoding: () => string;
  readonly toClient: (bytes: Buffer) => void;
};

/** Sends a message whose last pieces may still have to come, and settles when it was answered. */
export async function forward(
  { exchange, reader }: Session,
  frame: Frame,
  sent: Omit<Sent, 'ended' | 'bytes'> & { readonly after?: Buffer },
): Promise<Ending> {
  const ended = new Promise<Ending>((resolve) => {
    exchange.send({ ...sent, bytes: frame.bytes, ended: resolve });
  });
  await forwardRest({ exchange, reader }, frame);
  if (sent.after) exchange.pass(sent.after);
  await exchange.flush();
  return ended;
}

/** The pieces behind the first of a message. */
export async function forwardRest(
  { exchange, reader }: Pick<Session, 'exchange' | 'reader'>,
  first: Frame,
): Promise<void> {
  for (let piece: Frame | undefined = first; piece?.more; ) {
    await exchange.flush();
    piece = await reader.next();
    if (piece) exchange.pass(piece.bytes);
  }
}

/** Takes a message whole and lets it fall. */
export async function drop({ reader }: Pick<Session, 'reader'>, first: Frame): Promise<void> {
  for (let piece: Frame | undefined = first; piece?.more; ) piece = await reader.next();
}
