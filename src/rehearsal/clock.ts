/** A stopwatch that stands still while we look: what the observer costs is nobody's waiting time. Milliseconds. */
export type Clock = {
  readonly time: () => number;
  /** Runs the work without counting its time. */
  readonly aside: <Result>(work: () => Promise<Result>) => Promise<Result>;
};

/** `now` gives monotonic milliseconds, such as `performance.now`. */
export function createClock(now: () => number): Clock {
  let outside = 0;
  return {
    time: () => now() - outside,
    aside: async (work) => {
      const begin = now();
      try {
        return await work();
      } finally {
        outside += now() - begin;
      }
    },
  };
}

/** Milliseconds to the microsecond, never below zero: the precision that the clock has. */
export function round(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1000) / 1000);
}
