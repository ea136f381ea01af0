import type { Socket } from 'node:net';

/** Settles at the first of the events, and leaves no listener behind. */
function firstOf(socket: Socket, events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) socket.off(event, done);
      resolve();
    };
    for (const event of events) socket.on(event, done);
  });
}

/** Settles when the socket takes more, or is closed. */
export function roomIn(socket: Socket): Promise<void> {
  return firstOf(socket, ['drain', 'close']);
}

/** Settles when there may be something to read, or nothing more will come. */
export function readableIn(socket: Socket): Promise<void> {
  return firstOf(socket, ['readable', 'end', 'close']);
}
