const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size as Postgres writes it, in binary units and with at most one decimal: 512 bytes, 7.4 MB, 12 GB. */
export function byteWords(bytes: number): string {
  const step = Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const at = Math.min(step, UNITS.length - 1);
  const value = bytes / 1024 ** at;
  const text = value < 10 && at > 0 ? value.toFixed(1).replace(/\.0$/, '') : String(Math.round(value));
  return `${text} ${UNITS[at]}`;
}
