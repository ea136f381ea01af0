const UNITS = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;

/** A size as the policy writes it (`500kB`, `64MB`, `2GB`) in bytes. Units are binary, as in Postgres' own settings (docs: 20.1.1). Throws RangeError for any other text. */
export function sizeBytes(text: string): number {
  const [, amount, unit] = /^([1-9][0-9]{0,5})(kB|MB|GB|TB)$/.exec(text) ?? [];
  if (amount === undefined) throw new RangeError(`Not a size: ${JSON.stringify(text.slice(0, 40))}`);
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}
