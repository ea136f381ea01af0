import type { OnRefreshProgress, RefreshProgress } from './progress.ts';

const BETWEEN_MS = 500;

export type Pace = {
  readonly begin: (at: string) => void;
  readonly bytes: (at: string, bytes: number) => void;
  /** A failed attempt's bytes count for the rate, not for what is done. */
  readonly end: (at: string) => void;
};

/**
 * Tells how far a step is: at most twice a second, and at each end. What is left is judged by the tables' sizes, where
 * they are known, a table in hand by its bytes up to its size.
 * @param sizes Bytes expected, by the name under which a piece of work is told.
 * @param now Milliseconds.
 */
export function pace(
  step: RefreshProgress['step'],
  sizes: ReadonlyMap<string, number>,
  onProgress: OnRefreshProgress,
  now: () => number = () => performance.now(),
): Pace {
  const started = now();
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const inHand = new Map<string, number>();
  let told = Number.NEGATIVE_INFINITY;
  let [finished, finishedBytes, bytes] = [0, 0, 0];
  const tell = (at: string): void => {
    told = now();
    const seconds = (told - started) / 1000;
    const running = [...inHand].reduce((sum, [name, size]) => sum + Math.min(size, sizes.get(name) ?? 0), 0);
    const share = total === 0 ? finished / Math.max(1, sizes.size) : (finishedBytes + running) / total;
    onProgress({
      step,
      done: finished,
      total: sizes.size,
      bytes,
      bytesPerSecond: seconds > 0 ? bytes / seconds : 0,
      secondsLeft: share > 0 ? (seconds * (1 - share)) / share : undefined,
      at,
    });
  };
  return {
    begin: (at) => {
      inHand.set(at, 0);
      tell(at);
    },
    bytes: (at, more) => {
      bytes += more;
      inHand.set(at, (inHand.get(at) ?? 0) + more);
      if (now() - told >= BETWEEN_MS) tell(at);
    },
    end: (at) => {
      inHand.delete(at);
      finished++;
      finishedBytes += sizes.get(at) ?? 0;
      tell(at);
    },
  };
}
