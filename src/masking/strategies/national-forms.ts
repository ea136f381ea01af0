import { type Form, moved, padded, part } from './check-form.ts';
import { dniIndex, dniLetter, nir, pesel } from './check-schemes.ts';
import { digitLevels, feistel, permutedDigits } from './feistel.ts';
import { call, cast, choose, concat, op, text } from './sql.ts';

/** The day of birth is permuted with the serial number, within its century: every result is a day that was. */
export function peselForm(domain: string): Form {
  const month = op('%', part('b.g', 3, 2), 20);
  const base = `('{1900,2000,2100,2200,1800}'::pg_catalog.int4[])[${op('+', op('/', part('b.g', 3, 2), 20), 1)}]`;
  const monthStart = call('make_date', op('+', base, part('b.g', 1, 2)), month, 1);
  const lastDay = cast(
    `EXTRACT(day FROM ${op('-', op('+', monthStart, `'1 month'::pg_catalog.interval`), `'1 day'::pg_catalog.interval`)})`,
    'int4',
  );
  const isDate = choose(
    [[`(${month} BETWEEN 1 AND 12)`, `(${part('b.g', 5, 2)} BETWEEN 1 AND ${lastDay})`]],
    'false',
  );
  const day = (name: string): string => `EXTRACT(${name} FROM b.d)`;
  return {
    levels: [
      { a: call('left', 'b.g', 10), y0: base, q: op('/', part('b.g', 3, 2), 20) },
      { s: call('make_date', 'b.y0', 1, 1) },
      {
        l: cast(
          op('-', call('make_date', op('+', 'b.y0', part('b.g', 1, 2)), month, part('b.g', 5, 2)), 'b.s'),
          'int8',
        ),
        r: cast(call('substr', 'b.g', 7, 4), 'int8'),
        x: cast(op('-', call('make_date', op('+', 'b.y0', 100), 1, 1), 'b.s'), 'int8'),
        y: cast('10000', 'int8'),
      },
      ...feistel(domain),
      { d: op('+', 'b.s', cast('b.l2', 'int4')) },
      {
        j: concat(
          padded(op('-', cast(day('year'), 'int4'), 'b.y0'), 2),
          padded(op('+', cast(day('month'), 'int4'), op('*', 20, 'b.q')), 2),
          padded(cast(day('day'), 'int4'), 2),
          padded('b.r2', 4),
        ),
      },
    ],
    fits: choose(
      [[`(${op('=', 'b.n', 11)} AND ${op('=', 'b.n', call('char_length', 'b.c'))})`, isDate]],
      'false',
    ),
    result: concat('b.j', cast(moved(pesel('b.j'), part('b.g', 11, 1), pesel('b.a'), 10), 'text')),
  };
}

/** Sex and department stay; year with month, and commune with serial number, are permuted. */
export function nirForm(domain: string): Form {
  const digitsOf = (value: string): string => call('regexp_replace', value, text('[^0-9]'), `''`, `'g'`);
  return {
    levels: [
      { a: call('left', 'b.c', 13), k: part('b.c', 14, 2) },
      {
        l: cast(op('-', op('+', op('*', part('b.c', 2, 2), 12), part('b.c', 4, 2)), 1), 'int8'),
        r: cast(call('substr', 'b.c', 8, 6), 'int8'),
        x: cast('1200', 'int8'),
        y: cast('1000000', 'int8'),
      },
      ...feistel(domain),
      {
        j: concat(
          call('left', 'b.c', 1),
          padded(op('/', 'b.l2', 12), 2),
          padded(op('+', op('%', 'b.l2', 12), 1), 2),
          call('substr', 'b.c', 6, 2),
          padded('b.r2', 6),
        ),
      },
    ],
    fits: op('~', 'b.c', text('^[0-9]{3}(0[1-9]|1[0-2])([0-9]{2}|2[AB])[0-9]{8}$')),
    result: concat(digitsOf('b.j'), padded(moved(nir('b.j'), 'b.k', nir('b.a'), 100), 2)),
  };
}

/** Seven or eight digits and a letter that checks; a letter in front (X, Y, Z of foreigners, K, L, M) stays. */
export function dniForm(domain: string): Form {
  const alphabet = 'TRWAGMYFPDXBNJZSQVHLCKE';
  const value = (digits: string): string =>
    op(
      '%',
      cast(
        concat(
          call(
            'translate',
            call('left', 'b.c', op('-', call('char_length', 'b.c'), op('+', 'b.n', 1))),
            `'XYZKLM'`,
            `'012000'`,
          ),
          digits,
        ),
        'int4',
      ),
      23,
    );
  const letter = dniLetter(moved(value('b.j'), dniIndex(call('right', 'b.c', 1)), value('b.g'), 23));
  return {
    levels: [{ i: 'b.g' }, ...digitLevels(domain, 'b.i'), { j: permutedDigits }],
    fits: op('~', 'b.c', text(`^([0-9]{8}|[XYZKLM][0-9]{7})[${alphabet}]$`)),
    result: 'b.j',
    finish: (sql) => call('regexp_replace', sql, text('[A-Za-z]([^A-Za-z]*)$'), concat(letter, text('\\1'))),
  };
}
