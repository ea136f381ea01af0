import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../postgres/connection.ts';
import { type HeldLock, readBackend, stronger } from './backend.ts';

/** Pause between two looks. With the look itself (about a millisecond) the period stays below 5 ms. */
const PAUSE_MS = 2;

export type Sampler = {
  /** Ends the sampling and gives each relation's strongest lock that was seen. Throws what the observer threw. */
  readonly stop: () => Promise<ReadonlyMap<number, HeldLock>>;
};

/** Looks at a backend's locks again and again, for statements whose locks are gone when they end. */
export function startSampler(observer: Connection, processId: number): Sampler {
  const strongest = new Map<number, HeldLock>();
  let running = true;
  const look = async () => {
    const { locks } = await readBackend(observer, processId);
    for (const lock of locks.values()) {
      const known = strongest.get(lock.oid);
      if (known === undefined || stronger(lock.mode, known.mode)) strongest.set(lock.oid, lock);
    }
  };
  const loop = (async () => {
    while (running) {
      await look();
      await sleep(PAUSE_MS);
    }
  })();
  // Heard in stop(); without this a failure in between would count as unhandled.
  loop.catch(() => undefined);
  return {
    stop: async () => {
      running = false;
      await loop;
      return strongest;
    },
  };
}
