const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** Two numbers in one unit that fits the larger: `5 to 9 min`, `about 12 s`. Milliseconds. */
export function span(lowMs: number, highMs: number): string {
  const [unit, size] = UNITS.find(([, each]) => highMs >= 1.5 * each) ?? ['ms', 1];
  const [low, high] = [Math.round(lowMs / size), Math.round(highMs / size)];
  return low === high ? `about ${high} ${unit}` : `${low} to ${high} ${unit}`;
}

/** A count to two digits, as nobody knows it better: `about 12,000`. */
export function roughly(count: number): string {
  if (count < 1) return 'hardly any';
  return `about ${Number(count.toPrecision(2)).toLocaleString('en-US')}`;
}

/** `10 %`, `0.4 %`, `120 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
