import { call, cast, concat, keyed, number, op } from './sql.ts';

/** Powers of ten by their exponent, 0 to 18; an array of fixed-size elements is read at its place, not walked. */
const POWERS = `'{${Array.from({ length: 19 }, (_, exponent) => 10n ** BigInt(exponent)).join(',')}}'::pg_catalog.int8[]`;
/** Most digits that two halves of bigint hold, with room for a sum. */
export const MAXIMUM_DIGITS = 36;
const ROUND_BITS = 62;

export const tenTo = (exponent: string): string => `(${POWERS})[${op('+', exponent, 1)}]`;

/** 2^31 - 1, a prime. */
const PRIME = (2n ** 31n - 1n).toString();
const LIMB = 30;

/**
 * A keyed linear function of a number below 2^60, in two limbs modulo a prime, twice: two numbers' results differ by any
 * given amount with a probability of about 4 / size. Its four factors are 62-bit numbers of one keyed hash, worked out once
 * for a query. Alone it would hide nothing: solving for the factors takes four known results.
 */
function linear(domain: string, use: string, value: string): string {
  const factor = (at: number): string =>
    `(SELECT ${op('%', number(keyed(domain, `''::pg_catalog.bytea`, use), 8 * at, ROUND_BITS), PRIME)})`;
  const high = op('>>', value, LIMB);
  const low = op('&', value, `${2n ** BigInt(LIMB) - 1n}::pg_catalog.int8`);
  const half = (at: number): string =>
    op('%', op('+', op('*', factor(at), low), op('*', factor(at + 1), high)), PRIME);
  return op('+', op('*', half(0), `2147483648::pg_catalog.int8`), half(2));
}

/**
 * Levels of a keyed permutation on pairs (b.l, b.r) with 0 <= l < b.x and 0 <= r < b.y: four rounds of an unbalanced Feistel
 * network with addition modulo, so that a domain of any size needs no cycle walking. Every round can be undone, whatever
 * its function gives, so that different pairs stay different. The two rounds in the middle are keyed hashes; for the first
 * and the last a linear function is as good: they only have to keep the inputs of those in the middle from meeting, and no
 * result of theirs is seen alone (Naor and Reingold, On the construction of pseudorandom permutations, 1999).
 * The result is (b.l2, b.r2). Each level reads the one before: cost grows with the rounds, not with two to their power.
 */
export function feistel(domain: string): readonly Readonly<Record<string, string>>[] {
  const round = (name: string, half: string, drawn: string, size: string): Record<string, string> => ({
    [name]: op('%', op('+', half, op('%', drawn, size)), size),
  });
  const hashed = (name: string, other: string): string =>
    number(keyed(domain, call('int8send', other), name), 0, ROUND_BITS);
  return [
    round('l1', 'b.l', linear(domain, 'l1', 'b.r'), 'b.x'),
    round('r1', 'b.r', hashed('r1', 'b.l1'), 'b.y'),
    round('l2', 'b.l1', hashed('l2', 'b.r1'), 'b.x'),
    round('r2', 'b.r1', linear(domain, 'r2', 'b.l2'), 'b.y'),
  ];
}

/**
 * Levels that permute the decimal digits in the text b.<digits>, 0 to 36 of them, among all texts of as many digits. The
 * result is `permutedDigits`.
 */
export function digitLevels(domain: string, digits: string): readonly Readonly<Record<string, string>>[] {
  return [
    { ln: call('char_length', digits), la: op('/', op('+', call('char_length', digits), 1), 2) },
    {
      l: cast(concat(`'0'`, call('left', digits, 'b.la')), 'int8'),
      r: cast(concat(`'0'`, call('substr', digits, op('+', 'b.la', 1))), 'int8'),
      x: tenTo('b.la'),
      y: tenTo(op('-', 'b.ln', 'b.la')),
    },
    ...feistel(domain),
  ];
}

/** What `digitLevels` gives: as many digits as there were. */
export const permutedDigits = concat(
  call('lpad', cast('b.l2', 'text'), 'b.la', `'0'`),
  call('lpad', cast('b.r2', 'text'), op('-', 'b.ln', 'b.la'), `'0'`),
);
