import type { CheckDigits } from '../strategy.ts';
import { dniIndex, dniLetter, iban, nir, pesel, SCHEMES, type Scheme } from './check-schemes.ts';
import { inPlace, isOther, onlyDigits, shapedWhole } from './digits.ts';
import { digitLevels, feistel, permutedDigits } from './feistel.ts';
import { INJECTIVE, type Masked, maskedAs, SHAPE_KEPT, type Subject } from './masked.ts';
import { ascii, call, cast, choose, concat, op, steps, text } from './sql.ts';
import { textOf } from './words.ts';

type Level = Readonly<Record<string, string>>;

/** A form of number: levels over b.v (the value), b.g (its digits) and b.n (how many), whether it has the form, and its new digits. */
type Form = {
  readonly levels: readonly Level[];
  readonly fits: string;
  readonly result: string;
  /** What is to be done with the value after the digits were put in their places: for check letters. */
  readonly finish?: (sql: string) => string;
};

/**
 * Digits with check digits. The new check is the one that the new digits call for, moved by as much as the old one was
 * wrong: right numbers stay right, wrong ones wrong, and two numbers that differ in their check alone stay different. What
 * has not the number's form is masked as plain digits.
 */
export function checkedDigits(subject: Subject, check: CheckDigits, keep: number): Masked {
  const { domain } = subject;
  const form = formOf(check, domain, keep);
  const plain = steps(
    [
      { v: 'b.v', g: 'b.g', i: call('left', 'b.g', 36) },
      ...digitLevels(domain, 'b.i'),
      { o: permutedDigits },
    ],
    inPlace('b.v', 'b.g', 'b.o'),
  );
  const formed = steps(
    [{ v: 'b.v', g: 'b.g', n: 'b.n', c: 'b.c' }, ...form.levels, { o: form.result }],
    (form.finish ?? ((sql) => sql))(inPlace('b.v', 'b.g', 'b.o')),
  );
  const sql = steps(
    [{ v: textOf(subject) }, { g: onlyDigits('b.v') }, { n: call('char_length', 'b.g'), c: compact('b.v') }],
    choose(
      [
        [form.fits, formed],
        [isOther('b.n'), shapedWhole(subject)],
      ],
      plain,
    ),
  );
  return maskedAs(sql, {
    distinctness: INJECTIVE,
    foldsCase: true,
    keeps: SHAPE_KEPT,
    notes: [
      `Values without the form of ${check} are masked as plain digits; words become other words, and may become equal.`,
    ],
  });
}

/** Letters and digits alone, in upper case. */
const compact = (value: string): string =>
  ascii('upper', call('regexp_replace', value, text('[^0-9A-Za-z]+'), `''`, `'g'`));

function formOf(check: CheckDigits, domain: string, keep: number): Form {
  if (check === 'iban') return ibanForm(domain, keep);
  if (check === 'pl.pesel') return peselForm(domain);
  if (check === 'fr.nir') return nirForm(domain);
  if (check === 'es.dni') return dniForm(domain);
  return schemeForm(SCHEMES[check], domain, keep);
}

/** (wanted + old - expected of the old digits) modulo `size`. */
const moved = (wanted: string, old: string, expected: string, size: number): string =>
  op('%', op('+', op('-', op('+', wanted, old), expected), 2 * size), size);

function schemeForm(scheme: Scheme, domain: string, keep: number): Form {
  const kept = Math.max(keep, scheme.keep);
  const size = 10 ** scheme.digits;
  const payload = op('-', 'b.n', scheme.digits);
  const old = cast(call('right', 'b.g', scheme.digits), 'int4');
  const length = scheme.length === 'any' ? `(b.n BETWEEN ${kept + 2} AND 20)` : op('=', 'b.n', scheme.length);
  const levels: Level[] = [
    { a: call('left', 'b.g', payload) },
    { f: call('left', 'b.a', kept), w: scheme.check('b.a') },
    { i: walked(scheme, domain, kept) },
    { j: concat('b.f', 'b.i') },
  ];
  const wanted = moved(scheme.check('b.j'), old, 'b.w', size);
  return {
    levels,
    fits: `(${length} AND ${op('=', 'b.n', call('char_length', 'b.c'))})`,
    result: concat(
      'b.j',
      call(
        'lpad',
        cast(scheme.gaps ? choose([[op('=', 'b.w', 10), old]], wanted) : wanted, 'text'),
        scheme.digits,
        `'0'`,
      ),
    ),
  };
}

/**
 * The permuted digits after the kept ones. Where some numbers have no check digit, the permutation is run until a number
 * with one comes (and the other way about, for numbers that should not be): the first return of a permutation to a set is
 * a permutation of the set.
 */
function walked(scheme: Scheme, domain: string, kept: number): string {
  const permute = (digits: string): string =>
    steps([{ i: digits }, ...digitLevels(domain, 'b.i')], permutedDigits);
  const start = call('substr', 'b.a', kept + 1);
  if (!scheme.gaps) return permute(start);
  const gap = (digits: string): string => op('=', scheme.check(concat(digits)), 10);
  const wrong = op('<>', gap('walk.y'), op('=', 'walk.w', 10));
  return `(WITH RECURSIVE walk AS (SELECT ${permute(start)} AS y, b.w AS w UNION ALL SELECT ${permute('walk.y')}, walk.w FROM walk WHERE ${wrong}) SELECT walk.y FROM walk WHERE NOT ${wrong})`;
}

/** Country and letters stay, the account's digits are permuted, the two digits after the country check. */
function ibanForm(domain: string, keep: number): Form {
  const account = call('substr', 'b.c', 5);
  const old = cast(call('left', 'b.g', 2), 'int4');
  return {
    levels: [
      { a: account, f: call('substr', 'b.g', 3, keep), i: call('substr', 'b.g', keep + 3) },
      ...digitLevels(domain, 'b.i'),
      { j: concat('b.f', permutedDigits) },
      { k: inPlace('b.a', call('substr', 'b.g', 3), 'b.j') },
    ],
    fits: `(${op('~', 'b.c', text('^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$'))} AND ${op('>', 'b.n', keep + 3)})`,
    result: concat(
      call(
        'lpad',
        cast(
          moved(iban(call('left', 'b.c', 2), 'b.k'), old, iban(call('left', 'b.c', 2), 'b.a'), 100),
          'text',
        ),
        2,
        `'0'`,
      ),
      'b.j',
    ),
  };
}

const part = (name: string, from: number, count: number): string =>
  cast(call('substr', name, from, count), 'int4');
const padded = (value: string, count: number): string => call('lpad', cast(value, 'text'), count, `'0'`);

/** The day of birth is permuted with the serial number, within its century: every result is a day that was. */
function peselForm(domain: string): Form {
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
function nirForm(domain: string): Form {
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
function dniForm(domain: string): Form {
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
