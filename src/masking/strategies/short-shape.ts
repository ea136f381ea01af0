import { call, cast, choose, concat, op } from './sql.ts';

/** Bytes of a bigint that are used: with the eighth, a sum could reach its sign. */
const LANES = 7;
const CHUNKS = 4;
/** Longest text, in bytes; its characters take a byte each of the 32 of one hash. */
export const SHORT_BYTES = LANES * CHUNKS;

/** The same byte in all seven lanes; `only` chooses lanes, the first of the text being 0. */
function lanes(byte: number, only: (lane: number) => boolean = () => true): string {
  const bytes = Array.from({ length: LANES }, (_, lane) => (only(lane) ? BigInt(byte) : 0n));
  return `${bytes.reduce((sum, one) => (sum << 8n) | one, 0n)}::pg_catalog.int8`;
}

const and = (...parts: readonly string[]): string => op('&', ...parts);
const not = (value: string): string => `(OPERATOR(pg_catalog.~) ${value})`;
const shift = (value: string, count: number): string => op('>>', value, count);
const chunks = Array.from({ length: CHUNKS }, (_, at) => at);
const used = (at: number, sql: string, otherwise: string): string =>
  at === 0 ? sql : choose([[op('>', 'b.e', at * LANES), sql]], otherwise);

/** Seven bytes as a number; what is missing at their end is 0. */
function chunkOf(bytes: string, at: number): string {
  const hex = call('encode', call('substr', bytes, at * LANES + 1, LANES), `'hex'`);
  return cast(cast(concat(`'x'`, hex), 'bit(56)'), 'int8');
}

/** 0x01 in each lane of `value` that is from `low` to `high`; all are below 0x80. */
function between(value: string, low: number, high: number): string {
  const from = op('+', value, lanes(0x80 - low));
  const beyond = op('+', value, lanes(0x80 - high - 1));
  return shift(and(from, not(beyond), lanes(0x80)), 7);
}

/** 1 to 26 in each lane, of the five low bits of a random byte in b.k<at>: k + 1 - ceil(6k / 32). */
function anyLetter(at: number): string {
  const less = and(shift(op('+', op('*', `b.k${at}`, 3), lanes(15)), 4), lanes(7));
  return op('+', op('-', `b.k${at}`, less), lanes(1));
}

/** a, e, i and o at every second place of the text, so that it can be spoken; two bits of b.k<at> choose. */
function spoken(at: number): string {
  const isVowel = (lane: number): boolean => (at * LANES + lane) % 2 === 1;
  const bit = (count: number): string => and(shift(`b.k${at}`, count), lanes(1, isVowel));
  const vowel = op(
    '+',
    lanes(1, isVowel),
    op('*', and(`b.k${at}`, lanes(3, isVowel)), 4),
    op('*', and(`b.k${at}`, bit(1)), 2),
  );
  return op(
    '|',
    and(
      anyLetter(at),
      lanes(0x1f, (lane) => !isVowel(lane)),
    ),
    vowel,
  );
}

/** 0 to 9 in each lane: ten values of 32, each three or four times. */
const anyDigit = (at: number): string => and(shift(op('*', `b.k${at}`, 5), 4), lanes(0x0f));

function changed(at: number, letter: string): string {
  const text = `b.x${at}`;
  const letters = op('*', between(op('|', text, lanes(0x20)), 0x61, 0x7a), 0x1f);
  const digits = op('*', between(text, 0x30, 0x39), 0x0f);
  const free = op('|', and(op('#', text, letter), letters), and(op('#', text, anyDigit(at)), digits));
  return call('substr', call('int8send', op('#', text, free)), 2);
}

/**
 * The shape of a short ASCII text, `b.u` its bytes and `b.h` its hash: seven characters at once in the lanes of a bigint,
 * whose operators cost a tenth of those of bit strings. Levels over these, and the text.
 */
export function shortShape(spelled: boolean): {
  readonly levels: readonly Readonly<Record<string, string>>[];
  readonly result: string;
} {
  const pieces = chunks.flatMap((at) => [
    [`x${at}`, used(at, chunkOf('b.u', at), 'NULL')],
    [`k${at}`, used(at, and(chunkOf('b.h', at), lanes(0x1f)), 'NULL')],
  ]);
  const bytes = chunks.map((at) => used(at, changed(at, spelled ? anyLetter(at) : spoken(at)), `''`));
  return {
    levels: [Object.fromEntries(pieces)],
    result: call('convert_from', call('substr', concat(...bytes), 1, 'b.e'), `'UTF8'`),
  };
}
