import type { NamedStrategy } from '../strategy.ts';
import { hash, type Masked, maskedAs, type Outcome, refuse, SHAPE_KEPT, type Subject } from './masked.ts';
import { type Letters, shaped } from './shape.ts';
import { ascii, call, cast, choose, keyedText, op, steps } from './sql.ts';

/** What stands for the letters, and whether "SMITH" and "Smith" are to become the same word. */
type Words = { readonly letters: Letters; readonly folds: boolean };

const WORDS: Partial<Record<NamedStrategy, Words>> = {
  name: { letters: 'syllables', folds: true },
  'name.first': { letters: 'syllables', folds: true },
  'name.last': { letters: 'syllables', folds: true },
  company: { letters: 'syllables', folds: true },
  city: { letters: 'syllables', folds: true },
  address: { letters: 'syllables', folds: true },
  postcode: { letters: 'letters', folds: true },
  code: { letters: 'letters', folds: false },
  text: { letters: 'letters', folds: false },
};
/** Of a character of lower(base64), where letters are twice as frequent as digits: log2 of 1 / the sum of the squares. */
const BITS_A_CHARACTER = 5.1;
/** Of a username and of an e-mail address' local part: 60 bits. */
export const UNIQUE_CHARACTERS = 12;

/** The text of a subject, whatever its type. */
export function textOf({ value, type }: Pick<Subject, 'value' | 'type'>): string {
  return type.base === 'text' ? value : cast(value, 'text');
}

/** What the key's hash reads of a text: citext compares without case, so it is hashed without. */
export function seedOf(subject: Subject, folds = false): string {
  const value = textOf(subject);
  return folds || isCaseless(subject) ? call('lower', value) : value;
}

const isCaseless = ({ type }: Subject): boolean => type.base === 'citext';

/** Names, companies, places, codes and free text: same length, same shape, other characters. */
export function maskWords(strategy: NamedStrategy, subject: Subject): Masked | undefined {
  const words = WORDS[strategy];
  if (words === undefined) return undefined;
  const folds = words.folds || isCaseless(subject);
  const { domain } = subject;
  return maskedAs(shaped(textOf(subject), { domain, seed: textOf(subject), folds, letters: words.letters }), {
    foldsCase: folds,
    keeps: SHAPE_KEPT,
    ...(strategy === 'code' || strategy === 'postcode' ? codeFacts(subject) : {}),
  });
}

/** How many masks a code has is known only by its width. */
function codeFacts({ column, type }: Subject): Partial<Masked> {
  const width = type.base === 'bpchar' ? type.maximumLength : column.statistics?.averageWidth;
  const bits = Math.floor(Math.log2(10) * Math.max((width ?? 0) - 1, 0));
  return {
    ...(bits > 0 ? { distinctness: hash(Math.min(bits, 60)) } : {}),
    notes: ['A code has only as many masks as its shape allows: two codes can become one.'],
  };
}

/** Letters and digits in lower case: as many as before, but 12 at least, which hold 60 bits. */
export function maskUsername(subject: Subject): Outcome {
  const least = Math.min(subject.type.maximumLength ?? UNIQUE_CHARACTERS, UNIQUE_CHARACTERS);
  if (least < 4) return refuse(`${least} characters have no room for a username`, 'Use `code`.');
  const length = `GREATEST(${least}, ${call('char_length', 'b.v')})`;
  const sql = steps(
    [{ v: textOf(subject), h: keyedText(subject.domain, seedOf(subject, true)) }],
    choose([[op('=', 'b.v', `''`), 'b.v']], randomLetters('b.h', length)),
  );
  return maskedAs(sql, {
    distinctness: hash(Math.floor(least * BITS_A_CHARACTER)),
    foldsCase: true,
    notes: [`A username gets ${least} characters or more, so that no two become one.`],
  });
}

/** Lower-case letters and digits of a hash, repeated beyond 40 characters. 30 bytes are whole groups of base64. */
export function randomLetters(hashed: string, length: string): string {
  const base64 = call('encode', call('substr', hashed, 1, 30), `'base64'`);
  const letters = choose(
    [[op('<=', length, BASE64_CHARACTERS), call('left', base64, length)]],
    call('rpad', base64, length, base64),
  );
  return ascii('lower', call('translate', letters, `'+/'`, `'xy'`));
}

const BASE64_CHARACTERS = 40;
