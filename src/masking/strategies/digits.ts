import type { CheckDigits } from '../strategy.ts';
import { checkedDigits } from './check-digits.ts';
import { digitLevels, MAXIMUM_DIGITS, permutedDigits } from './feistel.ts';
import { INJECTIVE, type Masked, maskedAs, SHAPE_KEPT, type Subject } from './masked.ts';
import { shaped } from './shape.ts';
import { call, cast, choose, concat, op, steps, text } from './sql.ts';
import { textOf } from './words.ts';

const PUNCTUATED =
  'Values that are not digits with a few letters between them, or have more than 36 digits, are masked as codes and may become equal.';

/** Each digit of a text for a digit, by a keyed permutation on as many digits; all else stays where it is. */
export function maskDigits(
  subject: Subject,
  { keep = 0, check }: { keep?: number; check?: CheckDigits },
): Masked {
  if (check !== undefined) return checkedDigits(subject, check, keep);
  const kept = `LEAST(${keep}, ${op('-', DIGITS, 1)})`;
  return permuted(subject, keep === 0 ? '0' : kept, []);
}

/**
 * A phone number: a leading + with its country code, 00 with it, or a single leading 0 stays; the other digits are permuted.
 * Ranges reserved for fiction hold too few numbers (100 for each area of North America) to keep rows different, so masked
 * numbers can exist: branches must not dial.
 */
export function maskPhone(subject: Subject): Masked {
  const country = (after: string): string =>
    choose(
      [
        [op('~', after, `'^[17]'`), '1'],
        [op('~', after, text(TWO_DIGITS)), '2'],
      ],
      '3',
    );
  const kept = choose(
    [
      [op('<', DIGITS, SHORTEST_PHONE), '0'],
      [op('=', call('left', 'b.v', 1), `'+'`), country('b.g')],
      [op('=', call('left', 'b.g', 2), `'00'`), op('+', 2, country(call('substr', 'b.g', 3)))],
      [op('=', call('left', 'b.g', 1), `'0'`), '1'],
    ],
    '0',
  );
  return permuted(subject, kept, [
    'A masked phone number keeps its country code and may be somebody’s: do not dial from a branch.',
  ]);
}

const SHORTEST_PHONE = 7;
const DIGITS = call('char_length', 'b.g');
/**
 * Country codes of two digits; 1 and 7 have one, all others three (ITU-T E.164, list of 2016). Tried one after the other:
 * of alternatives in one expression the longest matches, not the first (docs: 9.7.3.5), and a digit of the number would stay.
 */
const TWO_DIGITS = '^(?:20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])';

function permuted(subject: Subject, kept: string, notes: readonly string[]): Masked {
  const { domain } = subject;
  const sql = steps(
    [
      { v: textOf(subject), g: onlyDigits(textOf(subject)) },
      { n: call('char_length', 'b.g'), k: `GREATEST(0, ${kept})` },
      { i: call('substr', 'b.g', op('+', 'b.k', 1), MAXIMUM_DIGITS) },
      ...digitLevels(domain, 'b.i'),
      { o: concat(call('left', 'b.g', 'b.k'), permutedDigits) },
    ],
    choose([[isOther(op('-', 'b.n', 'b.k')), shapedWhole(subject)]], inPlace('b.v', 'b.g', 'b.o')),
  );
  return maskedAs(sql, {
    distinctness: INJECTIVE,
    foldsCase: true,
    keeps: SHAPE_KEPT,
    notes: [...notes, PUNCTUATED],
  });
}

/** The mask of a value that does not look like digits. */
export function shapedWhole(subject: Subject): string {
  return shaped('b.v', {
    domain: subject.domain,
    seed: 'b.v',
    folds: true,
    letters: 'letters',
  });
}

/** The ASCII digits of a text. Most values are nothing else, or digits and what is written between them: what is cheap is tried first. */
export function onlyDigits(value: string): string {
  return choose(
    [
      [op('~', value, text('^[0-9]+$')), value],
      [op('~', value, text('^[-0-9 +()./]+$')), call('translate', value, `'-+ ()./'`, `''`)],
    ],
    call('regexp_replace', value, text('[^0-9]+'), `''`, `'g'`),
  );
}

/** Is b.v, with the digits b.g, something else than a number: words, other scripts, no digit, or too many. */
export function isOther(count: string): string {
  const words = op('~', 'b.v', text('[A-Za-z]{4}|[^\\x01-\\x7f]'));
  const plain = `(${op('=', 'b.v', 'b.g')} OR ${op('=', 'b.v', concat(`'+'`, 'b.g'))})`;
  return `(${op('=', 'b.n', 0)} OR ${op('>', count, MAXIMUM_DIGITS)} OR (NOT ${plain} AND ${words}))`;
}

/**
 * The new digits at the places of the old ones: to_char() with a 0 for each where all else is a character that it takes as
 * it is (docs: table 9.31 has none of them), else format() with one %s for each.
 */
export function inPlace(value: string, digits: string, result: string): string {
  const template = call('regexp_replace', call('replace', value, `'%'`, `'%%'`), `'[0-9]'`, `'%s'`, `'g'`);
  const filled = `pg_catalog.format(${template}, VARIADIC ${call('string_to_array', result, 'NULL')})`;
  const picture = concat(`'FM'`, call('translate', value, `'123456789'`, `'000000000'`));
  const fitsPicture = `(${op('<=', call('char_length', result), PICTURE_DIGITS)} AND ${op('~', value, text('^[-0-9 +()/]+$'))})`;
  return choose(
    [
      [op('=', value, digits), result],
      [op('=', value, concat(`'+'`, digits)), concat(`'+'`, result)],
      [fitsPicture, call('to_char', cast(result, 'int8'), picture)],
    ],
    filled,
  );
}

/** Digits that a bigint holds, whichever they are. */
const PICTURE_DIGITS = 18;
