const MOST = 7;

/** Round moments from 0 to the end, both in milliseconds, at most eight: 0, 500, 1000, … or whole minutes and hours. */
export function ticksUpTo(end: number): readonly number[] {
  const step = steps().find((length) => end / length <= MOST) ?? end;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}

function steps(): readonly number[] {
  const decimal = [1, 10, 100, 1000].flatMap((unit) => [unit, 2 * unit, 5 * unit]);
  const minutes = [10, 20, 30, 60, 120, 300, 600, 1200, 1800].map((seconds) => seconds * 1000);
  const hours = [1, 2, 6, 12, 24, 72, 168, 1000, 10_000].map((count) => count * 3_600_000);
  return [...decimal, ...minutes, ...hours];
}
