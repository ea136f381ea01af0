import { call, cast, op } from './sql.ts';

export type Level = Readonly<Record<string, string>>;

/** A form of number: levels over b.v (the value), b.g (its digits) and b.n (how many), whether it has the form, and its new digits. */
export type Form = {
  readonly levels: readonly Level[];
  readonly fits: string;
  readonly result: string;
  /** What is to be done with the value after the digits were put in their places: for check letters. */
  readonly finish?: (sql: string) => string;
};

/** (wanted + old - expected of the old digits) modulo `size`. */
export const moved = (wanted: string, old: string, expected: string, size: number): string =>
  op('%', op('+', op('-', op('+', wanted, old), expected), 2 * size), size);

export const part = (name: string, from: number, count: number): string =>
  cast(call('substr', name, from, count), 'int4');
export const padded = (value: string, count: number): string =>
  call('lpad', cast(value, 'text'), count, `'0'`);
