import { FLUSH } from '../../postgres/wire/messages.ts';
import type { Session } from './session.ts';

export type CopyIn = {
  /** The statement is over, also when the client has more to send. */
  readonly stop: () => void;
  /** Settles when nothing more is read for this COPY. */
  readonly done: Promise<void>;
};

/**
 * Forwards what the client sends for COPY FROM STDIN until it says that it is done (docs 53.2.7). `extended`: the answer
 * must be asked for, since a Sync that came early counts for nothing.
 */
export function startCopyIn(session: Session, extended: boolean): CopyIn {
  const { reader, exchange } = session;
  let isOver = false;
  const pump = async (): Promise<void> => {
    while (!isOver) {
      const frame = await reader.next();
      if (frame === undefined) {
        if (reader.isGone()) return;
        continue;
      }
      const { type } = frame;
      if (isOver) return reader.giveBack(frame);
      if (type === 'S' || type === 'H') continue;
      if (type === 'X') return session.client.destroy() as unknown as undefined;
      exchange.pass(frame.bytes);
      const isLast = type !== 'd' && !frame.more;
      if (isLast && extended) exchange.pass(FLUSH);
      if (isLast || reader.isDrained()) await exchange.flush();
      if (isLast) return;
    }
  };
  return {
    stop: () => {
      isOver = true;
      reader.interrupt();
    },
    done: pump(),
  };
}
