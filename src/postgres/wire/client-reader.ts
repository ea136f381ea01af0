import type { Socket } from 'node:net';
import { createFramer, type Frame } from './framing.ts';

/** SQL longer than this goes through unread. Bind's values are not ours to read: its names stand in its head. */
export const LONGEST_SQL = 16 * 1024 * 1024;
const LONGEST_OTHER = 64 * 1024;

const HELD: Readonly<Record<string, number>> = { d: 0, Q: LONGEST_SQL, P: LONGEST_SQL };

/** The client's messages, read when they are asked for: what it sends too fast waits in the kernel. */
export type ClientReader = {
  /** The next message, or piece of one. Undefined when the client is gone, or when `interrupt` was called. Throws ProtocolError. */
  readonly next: () => Promise<Frame | undefined>;
  /** A message that was taken too early. */
  readonly giveBack: (frame: Frame) => void;
  /** Ends a `next` that waits; the client is not gone. */
  readonly interrupt: () => void;
  readonly isGone: () => boolean;
  /** All that was read has been taken: what is queued for the server may go. */
  readonly isDrained: () => boolean;
};

export function createClientReader(socket: Socket): ClientReader {
  const frames: Frame[] = [];
  let taken = 0;
  let wake: (() => void) | undefined;
  let isInterrupted = false;
  const feed = createFramer({
    holds: (type) => HELD[type] ?? LONGEST_OTHER,
    emit: (frame) => frames.push(frame),
  });
  // Always there: without a listener the end of an idle client would not be noticed.
  const notice = (): void => wake?.();
  for (const event of ['readable', 'end', 'close']) socket.on(event, notice);
  const shift = (): Frame | undefined => {
    const frame = frames[taken++];
    if (taken >= frames.length) {
      frames.length = 0;
      taken = 0;
    }
    return frame;
  };
  const isGone = (): boolean => socket.readableEnded || socket.destroyed;
  /** A message that is whole here, if there is one. */
  const ready = (): Frame | undefined => {
    while (frames.length === 0) {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return undefined;
      feed(chunk);
    }
    return shift();
  };
  return {
    next: async () => {
      isInterrupted = false;
      for (let frame = ready(); ; frame = ready()) {
        if (frame !== undefined || isGone() || isInterrupted) return frame;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    },
    giveBack: (frame) => {
      frames.splice(taken, 0, frame);
    },
    interrupt: () => {
      isInterrupted = true;
      wake?.();
    },
    isGone,
    isDrained: () => frames.length === 0,
  };
}
