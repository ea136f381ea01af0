import type { CopyConnection } from '../postgres/copy.ts';

/** Sessions on the source, opened when they are first needed and lent to one reader at a time, in the order of asking. */
export type ReaderPool = {
  /** Most sessions at once. */
  readonly size: number;
  /** Major version of the source. */
  readonly version: number;
  readonly acquire: () => Promise<CopyConnection>;
  readonly release: (session: CopyConnection) => void;
  /** Ends a session that failed or was left in the middle; another takes its place when needed. */
  readonly discard: (session: CopyConnection) => Promise<void>;
  readonly close: () => Promise<void>;
};

type Waiter = {
  readonly resolve: (session: CopyConnection) => void;
  readonly reject: (error: unknown) => void;
};

export function readerPool(size: number, version: number, open: () => Promise<CopyConnection>): ReaderPool {
  const idle: CopyConnection[] = [];
  const all = new Set<CopyConnection>();
  const waiting: Waiter[] = [];
  let opened = 0;
  const openFor = ({ resolve, reject }: Waiter): void => {
    opened++;
    open().then(
      (session) => {
        all.add(session);
        resolve(session);
      },
      (error: unknown) => {
        opened--;
        reject(error);
        // Whoever waits behind would otherwise wait for a session that nobody opens.
        serveNext();
      },
    );
  };
  const serveNext = (): void => {
    const next = waiting.shift();
    if (next === undefined) return;
    const session = idle.pop();
    if (session !== undefined) next.resolve(session);
    else if (opened < size) openFor(next);
    else waiting.unshift(next);
  };
  return {
    size,
    version,
    acquire: () =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        serveNext();
      }),
    release: (session) => {
      if (!all.has(session)) return;
      idle.push(session);
      serveNext();
    },
    discard: async (session) => {
      if (!all.delete(session)) return;
      await session.close();
      opened--;
      serveNext();
    },
    close: async () => {
      const sessions = [...all];
      all.clear();
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}
