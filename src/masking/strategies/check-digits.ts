import type { CheckDigits, Distinctness } from '../strategy.ts';
import { formOf } from './check-forms.ts';
import { inPlace, isOther, onlyDigits, shapedWhole } from './digits.ts';
import { digitLevels, permutedDigits } from './feistel.ts';
import { hash, INJECTIVE, type Masked, maskedAs, SHAPE_KEPT, type Subject } from './masked.ts';
import { ascii, call, choose, steps, text } from './sql.ts';
import { textOf } from './words.ts';

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
    distinctness: MIXED[check] ?? INJECTIVE,
    foldsCase: true,
    keeps: SHAPE_KEPT,
    notes: [
      `Values without the form of ${check} are masked as plain digits; words become other words, and may become equal.`,
    ],
  });
}

/**
 * Numbers with a date in them are permuted among those with a date, all others of their length as plain digits: one that is
 * no number of its kind can meet one that is. The bits are those of the digits.
 */
const MIXED: Partial<Record<CheckDigits, Distinctness>> = { 'pl.pesel': hash(36), 'fr.nir': hash(49) };

/** Letters and digits alone, in upper case. */
const compact = (value: string): string =>
  ascii('upper', call('regexp_replace', value, text('[^0-9A-Za-z]+'), `''`, `'g'`));
