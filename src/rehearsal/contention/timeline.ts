import type { Place } from '../../sql/statement.ts';

type Segment = { readonly place: Place | undefined; readonly from: number };

/** Which statement ran when, by a monotonic clock in milliseconds. */
export type Timeline = {
  /** From now on this statement runs; undefined: none. */
  readonly during: (place: Place | undefined) => void;
  /** The statement that ran for the longest part of the time between the two moments. */
  readonly mostly: (from: number, to: number) => Place | undefined;
};

export function createTimeline(now: () => number): Timeline {
  const segments: Segment[] = [];
  return {
    during: (place) => void segments.push({ place, from: now() }),
    mostly: (from, to) => {
      let best: { readonly place: Place | undefined; readonly ms: number } = { place: undefined, ms: 0 };
      for (let at = segments.length - 1; at >= 0; at--) {
        const segment = segments[at] as Segment;
        const end = segments[at + 1]?.from ?? Number.POSITIVE_INFINITY;
        if (end <= from) break;
        const ms = Math.min(end, to) - Math.max(segment.from, from);
        if (segment.place !== undefined && ms > best.ms) best = { place: segment.place, ms };
      }
      return best.place;
    },
  };
}

/**
 * How often the event loop is looked at, and how late a tick must be before all of it counts: a long parse is, a busy
 * machine is not, and what is taken off by mistake would hide a wait. Milliseconds.
 */
const TICK_MS = 10;
const LATE_MS = 100;

/** Time in which our own process was too busy to hear the server: it is nobody's wait. */
export type Lag = {
  /** Milliseconds of such time so far. */
  readonly total: () => number;
  readonly stop: () => void;
};

export function startLag(now: () => number): Lag {
  let past = 0;
  let last = now();
  const pending = () => {
    const late = now() - last - TICK_MS;
    return late < LATE_MS ? 0 : late;
  };
  const timer = setInterval(() => {
    past += pending();
    last = now();
  }, TICK_MS);
  timer.unref();
  return { total: () => past + pending(), stop: () => clearInterval(timer) };
}
