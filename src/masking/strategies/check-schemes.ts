import { call, cast, concat, op } from './sql.ts';

/** How a number of a fixed form is checked: `check` gives, as an integer, what the digits before the last ones call for. */
export type Scheme = {
  /** Digits in all, those that check included; `any` up to 20. */
  readonly length: number | 'any';
  /** How many digits at the end check. */
  readonly digits: 1 | 2;
  readonly check: (payload: string) => string;
  /** `check` gives 10 for some numbers, which are not issued. */
  readonly gaps: boolean;
  /** Leading digits that stay, because they are a district's. */
  readonly keep: number;
};

const LONGEST_PAYLOAD = 19;
const ZERO = 48;

const modulo = (value: string, divisor: number): string => op('%', value, divisor);
const bytesOf = (digits: string): string => call('textsend', digits);

/** Sum of the digits of b.<payload>, each times its weight. */
function weighted(payload: string, weights: readonly number[]): string {
  const bytes = bytesOf(payload);
  const terms = weights.map((weight, index) => op('*', call('get_byte', bytes, index), weight));
  return op('-', op('+', ...terms), ZERO * weights.reduce((sum, weight) => sum + weight, 0));
}

/** ISO/IEC 7812-1, annex B: every second digit from the right counts twice, with the sum of its digits. */
function luhn(payload: string): string {
  const bytes = bytesOf(call('lpad', payload, LONGEST_PAYLOAD, `'0'`));
  const terms = Array.from({ length: LONGEST_PAYLOAD }, (_, index) => {
    const digit = call('get_byte', bytes, LONGEST_PAYLOAD - 1 - index);
    return index % 2 === 0
      ? `('{0,2,4,6,8,1,3,5,7,9}'::pg_catalog.int4[])[${op('-', digit, ZERO - 1)}]`
      : op('-', digit, ZERO);
  });
  return modulo(op('-', 10, modulo(op('+', ...terms), 10)), 10);
}

const descending = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => from - index);

/** Brazil: 11 minus the rest modulo 11, and 0 for 10 and 11. Two digits, the second reads the first. */
function brazil(payload: string, first: readonly number[], second: readonly number[]): string {
  const digit = (sum: string): string => modulo(modulo(op('*', sum, 10), 11), 10);
  const one = digit(weighted(payload, first));
  const two = digit(op('+', weighted(payload, second.slice(0, -1)), op('*', 2, one)));
  return op('+', op('*', 10, one), two);
}

const CNPJ = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];

/** Sources: stdnum's and the issuers' own descriptions; the test asks stdnum where it knows the number. */
export const SCHEMES = {
  luhn: { length: 'any', digits: 1, check: luhn, gaps: false, keep: 0 },
  'br.cpf': {
    length: 11,
    digits: 2,
    check: (payload) => brazil(payload, descending(10, 9), descending(11, 10)),
    gaps: false,
    keep: 0,
  },
  'br.cnpj': {
    length: 14,
    digits: 2,
    check: (payload) => brazil(payload, CNPJ, [6, ...CNPJ]),
    gaps: false,
    keep: 0,
  },
  'nl.bsn': {
    length: 9,
    digits: 1,
    check: (payload) => modulo(weighted(payload, descending(9, 8)), 11),
    gaps: true,
    keep: 0,
  },
  'gb.nhs': {
    length: 10,
    digits: 1,
    check: (payload) => modulo(op('-', 11, modulo(weighted(payload, descending(10, 9)), 11)), 11),
    gaps: true,
    keep: 0,
  },
  'us.aba': {
    length: 9,
    digits: 1,
    check: (payload) => modulo(op('-', 10, modulo(weighted(payload, [3, 7, 1, 3, 7, 1, 3, 7]), 10)), 10),
    gaps: false,
    keep: 2,
  },
} as const satisfies Record<string, Scheme>;

/** Poland, 10 digits before the check. */
export const pesel = (payload: string): string =>
  modulo(op('-', 10, modulo(weighted(payload, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]), 10)), 10);

/** ISO 13616: 98 minus the rest modulo 97 of the number with its country and 00 behind; letters count from A = 10. */
export function iban(country: string, account: string): string {
  const letters = concat(account, country, `'00'`);
  const expanded = Array.from({ length: 26 }, (_, index) => index).reduce(
    (sql, index) => call('replace', sql, `'${String.fromCharCode(65 + index)}'`, `'${index + 10}'`),
    letters,
  );
  return op('-', 98, cast(call('mod', cast(expanded, 'numeric'), '97'), 'int4'));
}

/** France: 97 minus the rest modulo 97, with 19 and 18 for Corsica's 2A and 2B. */
export function nir(payload: string): string {
  const digits = call('replace', call('replace', payload, `'2A'`, `'19'`), `'2B'`, `'18'`);
  return op('-', 97, cast(op('%', cast(digits, 'int8'), 97), 'int4'));
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';
export const dniLetter = (index: string): string => call('substr', `'${DNI_LETTERS}'`, op('+', index, 1), 1);
export const dniIndex = (letter: string): string => op('-', call('strpos', `'${DNI_LETTERS}'`, letter), 1);
