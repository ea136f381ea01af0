const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration as the policy writes it (`500ms`, `30s`, `10m`, `72h`, `14d`) in milliseconds. A day is 24 hours. Throws RangeError for any other text. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^([1-9][0-9]{0,5})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined) throw new RangeError(`Not a duration: ${JSON.stringify(text.slice(0, 40))}`);
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}
