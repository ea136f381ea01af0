import * as z from 'zod';
import { MAXIMUM_EXPRESSION_LENGTH } from '../expression.ts';
import { CHECK_DIGITS, NAMED_STRATEGIES } from '../strategy.ts';

// zod compiles a function for every kind of object that it reads, which takes longer than to read one profile.
z.config({ jitless: true });

/** Strategies by name alone: `id.br.cpf` is digits with the check digits of a Brazilian CPF. */
export const STRATEGY_NAMES = [
  ...NAMED_STRATEGIES,
  'digits',
  ...CHECK_DIGITS.map((check) => `id.${check}` as const),
] as const;

const names = z.enum(STRATEGY_NAMES);

/** A share of a whole: `10%`, above 0. */
export const percent = z
  .string('write a share such as 10%')
  .regex(
    /^(?!0+(\.0+)?%)(100|\d{1,2}(\.\d{1,4})?)%$/,
    'write a share such as 10%, above 0% and at most 100%',
  );

const TEXT_ADVICE = 'write a text in quotes: {set: "0"}';
const sqlText = z.string('write SQL in quotes').min(1, 'write SQL').max(MAXIMUM_EXPRESSION_LENGTH);

/** Strategies that stand for one value, wherever it is. */
const VALUE_FORMS = {
  as: z.strictObject({ as: names }),
  digits: z.strictObject({
    digits: z
      .strictObject({
        check: z.enum(CHECK_DIGITS).optional().describe('Check digits that are written anew.'),
        keep: z.int().min(1).max(30).optional().describe('Leading digits that stay, such as an issuer’s.'),
      })
      .describe('Digits for digits.'),
  }),
  shift: z.strictObject({
    shift: z
      .string('write a number of days: {shift: 30d}')
      .regex(/^[1-9]\d{0,4}d$/, 'write a number of days: {shift: 30d}')
      .describe('A date or time moved by at most so many days either way.'),
    by: z
      .string('write a column of the table')
      .min(1, 'write a column of the table')
      .optional()
      .describe('A column of the row: all its dates that are shifted by it move equally.'),
  }),
  noise: z.strictObject({ noise: percent.describe('A number changed by at most this share either way.') }),
  set: z.strictObject({ set: z.string(TEXT_ADVICE).describe('A constant.') }),
  elements: z.strictObject({
    elements: z.lazy((): z.ZodType => valueSchema).describe('For each element, value or field.'),
  }),
} as const;

/** Strategies that only a whole column can have. */
const COLUMN_FORMS = {
  sql: z.strictObject({ sql: sqlText.describe('SQL over the row’s own columns as they were.') }),
  derive: z.strictObject({ derive: sqlText.describe('SQL over the row’s own columns as they are masked.') }),
  like: z.strictObject({
    like: z
      .string('write table.column')
      .min(3, 'write table.column')
      .describe('As that column: its strategy and its key.'),
  }),
} as const;

/** What becomes of JSON members that no path names. */
export const JSON_REST = ['fail', 'drop', 'mask', 'clear'] as const;

const json = z
  .object({ '*': z.enum(JSON_REST).optional().describe('Members that no path names; left out: fail.') })
  .catchall(z.lazy((): z.ZodType => valueSchema))
  .describe('By path: `$.address.street`, `$.items.*`.');

const valueForms = Object.values(VALUE_FORMS);
const valueSchema: z.ZodType = z.union([names, ...valueForms, json]);

/** What becomes of a column, as a person writes it. */
export const strategySchema = z
  .union([names, ...valueForms, json, ...Object.values(COLUMN_FORMS)])
  .describe('What becomes of the values.');

const OPTIONS = [...Object.keys(VALUE_FORMS), '*', ...Object.keys(COLUMN_FORMS)];

/** Keys that a strategy's mapping may have: inside JSON documents and arrays, and of a column. */
export const VALUE_KEYS: readonly string[] = Object.keys(VALUE_FORMS);
export const FORM_KEYS: readonly string[] = OPTIONS.filter((key) => key !== '*');

/**
 * Which option of the union a written strategy means, as its index; undefined when it means none. With `within`, one
 * inside a JSON document or an array.
 */
export function meantOption(value: unknown, within: boolean): number | undefined {
  if (typeof value === 'string') return 0;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  const known = within ? [...VALUE_KEYS, '*'] : OPTIONS;
  const key = keys.some((one) => one === '*' || one.startsWith('$'))
    ? '*'
    : keys.find((one) => known.includes(one));
  return key === undefined ? undefined : known.indexOf(key) + 1;
}
