import { foldByte } from './patterns.ts';

/** Stands between words, besides spaces and control characters. Points, dashes and the like stand inside of addresses. */
export const BETWEEN_WORDS = `,;:!?"'()[]{}<>|/\\=&`;
/** Is taken off the ends of words. */
export const WORD_EDGES = '.-_+*#';
/** Stands between the digits of a written number. */
export const BETWEEN_DIGITS = ' +-./()';
export const SHORTEST_TOKEN = 5;
export const LONGEST_TOKEN = 200;
export const FEWEST_DIGITS = 9;
const MOST_DIGITS = 30;

const [SEPARATOR, EDGE, QUOTE, DIGIT, OF_NUMBER] = [1, 2, 4, 8, 16];
const CLASSES = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  const add = (text: string, flag: number): void => {
    for (const letter of text) table[letter.charCodeAt(0)] = (table[letter.charCodeAt(0)] ?? 0) | flag;
  };
  table.fill(SEPARATOR, 0, 33);
  add(BETWEEN_WORDS, SEPARATOR);
  add(WORD_EDGES, EDGE);
  add('"', QUOTE);
  add('0123456789', DIGIT);
  add(BETWEEN_DIGITS, OF_NUMBER);
  return table;
}

/** Bytes from one place to before another, with small letters; they last until the call returns. */
export type OnToken = (bytes: Uint8Array, from: number, to: number) => void;

/**
 * Takes values of the copy apart, as the fingerprints of clear values are made in SQL: the whole value; what stands
 * between quotes, which is JSON's members, JSON's inside of text, and elements of arrays; its words; the digits of each
 * written number. Letters fold as lower() does with collation "C": the ASCII ones. A token may come more than once.
 */
export function tokenReader(onToken: OnToken): (value: Uint8Array) => void {
  let text = new Uint8Array(1 << 12);
  const digits = new Uint8Array(MOST_DIGITS);

  function emit(from: number, to: number): void {
    const length = to - from;
    if (length >= SHORTEST_TOKEN && length <= LONGEST_TOKEN) onToken(text, from, to);
  }

  function whole(from: number, to: number): void {
    let [first, last] = [from, to];
    while (first < last && text[first] === 32) first += 1;
    while (last > first && text[last - 1] === 32) last -= 1;
    emit(first, last);
  }

  function word(from: number, to: number): void {
    let [first, last] = [from, to];
    while (first < last && has(text[first], EDGE)) first += 1;
    while (last > first && has(text[last - 1], EDGE)) last -= 1;
    emit(first, last);
  }

  function quoted(from: number, to: number): void {
    if (to - from < SHORTEST_TOKEN || to - from > LONGEST_TOKEN * 6) return;
    let last = to;
    while (last > from && text[last - 1] === 92) last -= 1;
    if (text.subarray(from, last).includes(92)) unescaped(text.subarray(from, last), onToken);
    else whole(from, last);
  }

  function number(from: number, to: number): void {
    let count = 0;
    for (let at = from; at < to; at += 1) {
      if (!has(text[at], DIGIT)) continue;
      if (count === MOST_DIGITS) return;
      digits[count] = text[at] ?? 0;
      count += 1;
    }
    if (count >= FEWEST_DIGITS) onToken(digits, 0, count);
  }

  return (value) => {
    const { length } = value;
    if (text.length <= length) text = new Uint8Array(length * 2);
    let [wordFrom, numberFrom, found, wordDigits, quote] = [0, 0, 0, 0, -1];
    for (let at = 0; at <= length; at += 1) {
      const byte = at < length ? (value[at] ?? 0) : 10;
      text[at] = foldByte(byte);
      const kind = CLASSES[byte] ?? 0;
      if ((kind & DIGIT) !== 0) {
        found += 1;
        wordDigits += 1;
      } else if ((kind & OF_NUMBER) === 0) {
        if (found >= FEWEST_DIGITS) number(numberFrom, at);
        numberFrom = at + 1;
        found = 0;
      }
      if ((kind & SEPARATOR) === 0) continue;
      if (at - wordFrom >= SHORTEST_TOKEN) word(wordFrom, at);
      // Of several numbers in a row each by itself.
      if (wordDigits >= FEWEST_DIGITS && found > wordDigits) number(wordFrom, at);
      wordFrom = at + 1;
      wordDigits = 0;
      if ((kind & QUOTE) === 0) continue;
      if (quote >= 0) quoted(quote, at);
      quote = at + 1;
    }
    if (length <= LONGEST_TOKEN) whole(0, length);
  };
}

function has(byte: number | undefined, flag: number): boolean {
  return ((CLASSES[byte ?? 0] ?? 0) & flag) !== 0;
}

/** A member of JSON with escapes; `\u0041` may be a capital. Nothing where it is no JSON. */
function unescaped(member: Uint8Array, onToken: OnToken): void {
  let text: unknown;
  try {
    text = JSON.parse(`"${Buffer.from(member).toString()}"`);
  } catch {
    return;
  }
  const bytes = Buffer.from(String(text).trim()).map(foldByte);
  if (bytes.length >= SHORTEST_TOKEN && bytes.length <= LONGEST_TOKEN) onToken(bytes, 0, bytes.length);
}
