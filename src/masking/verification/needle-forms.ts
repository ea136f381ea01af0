import { LONGEST_PATTERN, type Pattern, type PatternMode, SHORTEST_PATTERN } from './patterns.ts';

/** Why a value is no needle. */
export type Dull =
  | 'too short'
  /** Chance would find it: a word or two, a few digits. */
  | 'too common a shape'
  /** Times stand everywhere. */
  | 'a time'
  /** Identifiers, labels and types of the schema. */
  | 'a word of the schema'
  /** Many rows share it, so that it names nobody. */
  | 'shared by many rows';

export const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
export const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const DIGITS = /^\d+$/;
/** With the separators of telephone, card and account numbers. */
export const NUMBER = /^\+?[\d\s().\-/]+$/;
const TIME = /^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d.*)?$|^\d{1,2}[/.]\d{1,2}[/.]\d{4}$/;
/** Seconds and milliseconds since 1970, from 2001 to 2033. */
const EPOCH = /^1\d{9}(?:\d{3})?$/;
const DECIMALS = /^-?\d+\.\d+$/;

const FEWEST_DIGITS = 9;
/** What a needle must tell, by the careful count below: nine digits, two long words. */
const FEWEST_BITS = 28;
const BITS_OF_DIGIT = Math.log2(10);
const BITS_OF_LETTER = 2;
/** A word is one of a dictionary, however long it is. */
const MOST_BITS_OF_WORD = 14;
/** From so many rows on a value that no number or address is in is a town, a company, a phrase. */
const MANY_ROWS = 5;

/** What a value tells at least, in bits: letters as words of a dictionary, and digits by chance. */
export function bitsOf(text: string): number {
  let bits = 0;
  for (const [run] of text.matchAll(/\p{L}+|\d+/gu)) {
    const isNumber = run.charCodeAt(0) < 58;
    bits += isNumber ? run.length * BITS_OF_DIGIT : Math.min(run.length * BITS_OF_LETTER, MOST_BITS_OF_WORD);
  }
  return bits;
}

/** A mail address, a long number, a UUID or a token: it names one person, however many rows have it. */
export function isIdentifying(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '').length;
  return MAIL.test(text) || UUID.test(text) || digits >= 6;
}

/** Two words or more that tell enough to be somebody's name: as an identifier it stands there as the value that it is. */
export function isLikeFullName(text: string): boolean {
  return /^[\p{L}\p{M}'’.-]+(?:\s+[\p{L}\p{M}'’.-]+)+$/u.test(text.trim()) && bitsOf(text) >= FEWEST_BITS;
}

/** Why chance, and not a leak, would find the value; undefined for a good needle. `rows`: how many have it, estimated. */
export function dullness(
  text: string,
  { rows, words }: { rows: number; words: ReadonlySet<string> },
): Dull | undefined {
  if (Buffer.byteLength(text) < SHORTEST_PATTERN) return 'too short';
  if (MAIL.test(text)) return undefined;
  if (words.has(text.toLowerCase())) return 'a word of the schema';
  if (TIME.test(text) || EPOCH.test(text)) return 'a time';
  if (DECIMALS.test(text)) return 'too common a shape';
  if (DIGITS.test(text) && text.length < FEWEST_DIGITS) return 'too common a shape';
  if (/^(.)\1*$/.test(text) || bitsOf(text) < FEWEST_BITS) return 'too common a shape';
  return rows >= MANY_ROWS && !isIdentifying(text) ? 'shared by many rows' : undefined;
}

/**
 * The bytes that a value may stand as: its text, as a member of a JSON document, with a URL's escapes, a UUID's 16
 * bytes, a number without its separators. A long text is sought by its middle.
 */
export function formsOf(text: string): readonly Pattern[] {
  if (UUID.test(text)) return uuidForms(text);
  if (DIGITS.test(text)) return texts([text], 'whole number');
  const mode: PatternMode = MAIL.test(text) ? 'any case' : 'exact';
  const digits = text.replaceAll(/\D/g, '');
  const numbers = NUMBER.test(text) && digits.length >= FEWEST_DIGITS ? [digits] : [];
  return [...texts(writtenForms(text), mode), ...texts(numbers, 'whole number')];
}

function writtenForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replaceAll(
    /[^\0-\x7f]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const url = MAIL.test(text) ? [text.replaceAll('@', '%40')] : [];
  return [...new Set([text, json, ascii, ...url])];
}

function uuidForms(text: string): readonly Pattern[] {
  const hex = text.replaceAll('-', '').toLowerCase();
  const dashed = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return [...texts([dashed, hex], 'any case'), { bytes: Buffer.from(hex, 'hex'), mode: 'exact' }];
}

function texts(forms: readonly string[], mode: PatternMode): readonly Pattern[] {
  return forms.flatMap((form) => pieceOf(Buffer.from(form), mode));
}

/** The bytes as one pattern, if they can be sought at all. */
export function pieceOf(bytes: Buffer, mode: PatternMode): readonly Pattern[] {
  if (bytes.length < SHORTEST_PATTERN) return [];
  if (bytes.length <= LONGEST_PATTERN) return [{ bytes, mode }];
  const middle = (bytes.length - LONGEST_PATTERN) >> 1;
  return [{ bytes: bytes.subarray(middle, middle + LONGEST_PATTERN), mode }];
}
