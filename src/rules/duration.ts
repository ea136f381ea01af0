/** The units of time that settings take, in milliseconds (documentation 20.1.1). They are written in lower case only. */
const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A timeout's value, as SQL writes it, in milliseconds: a bare number counts them. Undefined when the server refuses it. */
export function milliseconds(value: string): number | undefined {
  const [, number = '', unit = ''] = /^\s*(\d*\.?\d+|\d+\.|0x[\da-f]+)\s*([a-z]*)\s*$/i.exec(value) ?? [];
  const scale = unit === '' ? 1 : UNITS[unit];
  if (number === '' || scale === undefined) return undefined;
  const exact = Number(number) * scale;
  return exact > 0 ? Math.max(Math.round(exact), 0) : 0;
}
