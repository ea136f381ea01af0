import { call, cast, choose, op, text } from './sql.ts';

/**
 * Letters beyond ASCII by script: a regular expression's bracket, and the bytes of the character that stands for all of
 * them. Its last byte ends in 0, and the 16 characters from it on are letters of the script, in UTF-8 and by Unicode 16.
 * Upper case stands 32 code points before lower case, so that lower() folds what it folded before.
 */
const SCRIPTS: readonly (readonly [bracket: string, bytes: string])[] = [
  ['\\u00c0-\\u00d6\\u00d8-\\u00de', 'c380'],
  [
    '\\u00aa\\u00b5\\u00ba\\u00df-\\u00f6\\u00f8-\\u02af\\u1e00-\\u1eff\\u2c60-\\u2c7f\\ua720-\\ua7ff\\ufb00-\\ufb06',
    'c3a0',
  ],
  ['\\u0370-\\u03ff\\u1f00-\\u1fff', 'ceb0'],
  ['\\u0400-\\u042f', 'd090'],
  ['\\u0430-\\u052f', 'd0b0'],
  ['\\u0530-\\u05ff\\ufb13-\\ufb4f', 'd790'],
  ['\\u0600-\\u08ff\\ufb50-\\ufdff\\ufe70-\\ufefe', 'd8b0'],
  ['\\u0900-\\u1dff', 'e0a490'],
  [
    '\\u2c00-\\u2c5f\\u2c80-\\u2dff\\u2e80-\\u2fff\\u3005-\\u3007\\u3021-\\ua71f\\ua800-\\ufaff\\uff00-\\uffef',
    'e4b880',
  ],
  ['\\u2100-\\u214f\\u2190-\\u2bff\\U00010000-\\U0010ffff', 'f09f9880'],
];
const MARKS = ['\\u0300-\\u036f', 'cc81'] as const;

const character = (hex: string): string =>
  call('convert_from', call('decode', `'${hex}'`, `'hex'`), `'UTF8'`);
const withLowBits = (hex: string): string => `${hex.slice(0, -1)}f`;
const firsts = character(SCRIPTS.map(([, bytes]) => bytes).join(''));
const lasts = character(SCRIPTS.map(([, bytes]) => withLowBits(bytes)).join(''));

/**
 * A text with each letter beyond ASCII replaced by its script's first. Other encodings than UTF-8 number their characters
 * otherwise: there such a letter becomes x.
 */
export function collapsed(value: string): string {
  const replaced = [...SCRIPTS, MARKS].reduce(
    (sql, [bracket, bytes]) => call('regexp_replace', sql, text(`[${bracket}]`), character(bytes), `'g'`),
    value,
  );
  const other = call('regexp_replace', value, text('[^\\x01-\\x7f]'), `'x'`, `'g'`);
  return choose([[encodingIs('UTF8'), replaced]], other);
}

/** A collapsed text with the four lowest bits of each replaced letter set: what it differs in is free to be chosen. */
export function withFreeBits(value: string): string {
  return choose([[encodingIs('UTF8'), call('translate', value, firsts, lasts)]], value);
}

/**
 * Whether every character is one byte in UTF-8, as ASCII's are. A database in SQL_ASCII takes each byte for a character,
 * whatever it is, so it is not asked; of one in UTF-8 nothing has to be converted.
 */
export function isAscii(value: string): string {
  const alike = (bytes: string): string => op('=', call('octet_length', bytes), call('char_length', value));
  return choose(
    [
      [encodingIs('UTF8'), alike(value)],
      [encodingIs('SQL_ASCII'), 'false'],
    ],
    alike(call('convert_to', value, `'UTF8'`)),
  );
}

/** Asked once for a query: it reads no row. */
function encodingIs(name: string): string {
  return `(SELECT ${op('=', cast(call('getdatabaseencoding'), 'text'), text(name))})`;
}
