import type { CheckDigits } from '../strategy.ts';
import { type Form, type Level, moved } from './check-form.ts';
import { iban, SCHEMES, type Scheme } from './check-schemes.ts';
import { inPlace } from './digits.ts';
import { digitLevels, permutedDigits } from './feistel.ts';
import { dniForm, nirForm, peselForm } from './national-forms.ts';
import { call, cast, choose, concat, op, steps, text } from './sql.ts';

/** How numbers with these check digits are masked. */
export function formOf(check: CheckDigits, domain: string, keep: number): Form {
  if (check === 'iban') return ibanForm(domain, keep);
  if (check === 'pl.pesel') return peselForm(domain);
  if (check === 'fr.nir') return nirForm(domain);
  if (check === 'es.dni') return dniForm(domain);
  return schemeForm(SCHEMES[check], domain, keep);
}

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
