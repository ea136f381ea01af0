import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { type HeldLock, readBackend, stronger } from './backend.ts';

/** Pause between two looks. With the look itself (half a millisecond) and the timer's grain the period stays below 5 ms. */
const PAUSE_MS = 3;

/** SQLSTATE lock_not_available: the statement holds a catalog itself, so one look came to nothing. */
const LOCKED_OUT = '55P03';

export type Sampled = {
  /** Each relation's strongest lock that was seen. */
  readonly locks: ReadonlyMap<number, HeldLock>;
  readonly looks: number;
  /**
   * The longest time in which a lock can have come and gone unseen, milliseconds: from sending one look to the answer of
   * the next, from the begin to the first answer, and from sending the last look to the end.
   */
  readonly longestGapMs: number;
};

export type Sampler = {
  /** Ends the sampling. Throws what the observer threw. */
  readonly stop: () => Promise<Sampled>;
};

/** Looks at a backend's locks again and again, for statements whose locks are gone when they end. `now` gives monotonic milliseconds. */
export function startSampler(
  observer: Connection,
  processId: number,
  now: () => number = () => performance.now(),
): Sampler {
  const strongest = new Map<number, HeldLock>();
  const ended = new AbortController();
  let lastSent = now();
  let looks = 0;
  let longestGapMs = 0;
  const gapUntil = (moment: number): void => {
    longestGapMs = Math.max(longestGapMs, moment - lastSent);
  };
  const look = async (): Promise<void> => {
    const sent = now();
    const { locks } = await readBackend(observer, processId);
    for (const lock of locks.values()) {
      const known = strongest.get(lock.oid);
      if (known === undefined || stronger(lock.mode, known.mode)) strongest.set(lock.oid, lock);
    }
    if (ended.signal.aborted) return;
    gapUntil(now());
    lastSent = sent;
    looks++;
  };
  const lookOrMiss = async (): Promise<void> => {
    await look().catch((error: unknown) => {
      // What was missed shows in the gap; the run as a whole can still be watched.
      if (!(error instanceof ServerError) || error.code !== LOCKED_OUT) throw error;
    });
  };
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await lookOrMiss();
      await sleep(PAUSE_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  // Heard in stop(); without this a failure in between would count as unhandled.
  loop.catch(() => undefined);
  return {
    stop: async () => {
      gapUntil(now());
      ended.abort();
      await loop;
      return { locks: strongest, looks, longestGapMs };
    },
  };
}
