import { feistel, tenTo } from './feistel.ts';
import { INJECTIVE, type Masked, maskedAs, type Subject } from './masked.ts';
import { call, cast, choose, op, steps } from './sql.ts';

/** The values of the type with its most digits, from 10^n on, as a product of two whole numbers. */
const TOPS: Readonly<Record<string, { readonly digits: number; readonly x: string; readonly y: string }>> = {
  int2: { digits: 5, x: '1423', y: '16' },
  int4: { digits: 10, x: '2241179', y: '512' },
  int8: { digits: 19, x: '31369674823207', y: '262144' },
};

/**
 * A keyed permutation of all integers of as many digits: 0 stays 0, the sign stays, the type's range holds. With the most
 * digits that a type has, values end before 10^n, at 2^15, 2^31 or 2^63; what lies between is a product too (2^31 - 10^9 =
 * 2,241,179 × 512), and so no step leaves the range. Below zero -(m + 1) stands for m, since a type has one more value there.
 */
export function maskInteger({ value, type, domain }: Subject, base = type.base): Masked {
  const top = TOPS[base] ?? TOPS.int8;
  const size = (part: 'x' | 'y', other: string): string =>
    top === undefined ? other : choose([[op('=', 'b.n', top.digits), cast(`'${top[part]}'`, 'int8')]], other);
  const low = tenTo('b.q');
  const sql = steps(
    [
      { v: cast(value, 'int8') },
      { g: op('<', 'b.v', 0) },
      { m: choose([['b.g', op('-', `(OPERATOR(pg_catalog.-) ${op('+', 'b.v', 1)})`, 0)]], 'b.v') },
      { n: call('char_length', cast('b.m', 'text')) },
      { q: op('-', 'b.n', 1), h: op('/', 'b.n', 2) },
      {
        x: size('x', op('*', 9, tenTo(op('-', 'b.q', 'b.h')))),
        y: size('y', tenTo('b.h')),
        o: op('-', 'b.m', low),
      },
      { l: op('/', 'b.o', 'b.y'), r: op('%', 'b.o', 'b.y') },
      ...feistel(domain),
      { w: op('+', low, op('*', 'b.l2', 'b.y'), 'b.r2') },
    ],
    choose(
      [
        ['(b.v IS NULL)', cast('NULL', 'int8')],
        [op('=', 'b.m', 0), 'b.v'],
        ['b.g', op('-', `(OPERATOR(pg_catalog.-) b.w)`, 1)],
      ],
      'b.w',
    ),
  );
  return maskedAs(sql, {
    distinctness: INJECTIVE,
    foldsCase: true,
    notes: ['Integers keep their number of digits; 0 and -1 stay.'],
  });
}
