import type { PersonalClass } from './detection.ts';
import { isEmail } from './validators/patterns.ts';

const words = (value: string): number => value.trim().split(/\s+/).length;
const hasDigit = (value: string): boolean => /\d/.test(value);
const isDate = (value: string): boolean => /^\d{4}-\d{2}-\d{2}|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$/.test(value);
const isName = (value: string): boolean =>
  /^[\p{L}][\p{L}\p{M} .,'’()-]*$/u.test(value) && words(value) <= 6 && value.length <= 80;

/** Whether a value could be of the class at all: what contradicts a name, not what proves it. */
const COULD_BE: Partial<Record<PersonalClass, (value: string) => boolean>> = {
  email: (value) => isEmail(value) || /@/.test(value),
  'given name': isName,
  'family name': isName,
  'full name': isName,
  phone: (value) => value.replace(/\D/g, '').length >= 4 && !/[\p{L}]{6}/u.test(value),
  postcode: (value) => value.length <= 12 && hasDigit(value),
  city: (value) => /\p{L}{2}/u.test(value) && words(value) <= 6,
  address: (value) => /\p{L}/u.test(value) || /^\d{1,5}\s?[a-z]?$/i.test(value),
  'birth date': (value) => isDate(value) || /^\d{1,4}$/.test(value) || /\p{L}{2}/u.test(value),
  'national id': (value) => value.replace(/\W/g, '').length >= 5 && value.length <= 30 && words(value) <= 6,
  'bank account': (value) => value.replace(/\W/g, '').length >= 4 && words(value) <= 9,
  'payment card': (value) => hasDigit(value) && value.length <= 30,
  'ip address': (value) => /^[0-9a-f.:/,% ]+$/i.test(value) && value.length >= 3,
  url: (value) => /[./:]/.test(value),
  username: (value) => words(value) <= 3,
  secret: (value) => value.length >= 3 && words(value) <= 3,
  location: (value) => hasDigit(value),
  'free text': (value) => words(value) >= 2 || value.length >= 30,
};

/** Share of the values that could be of the class, 0 to 1; 1 where nothing would speak against it. */
export function plausibleShare(kind: PersonalClass, values: readonly string[]): number {
  const test = COULD_BE[kind];
  if (test === undefined || values.length === 0) return 1;
  return values.filter(test).length / values.length;
}

/** Classes whose values tell one person from another, so that a handful of them over many rows cannot be them. */
const IDENTIFIERS: ReadonlySet<PersonalClass> = new Set([
  'email',
  'given name',
  'family name',
  'full name',
  'username',
  'phone',
  'address',
  'postcode',
  'birth date',
  'national id',
  'bank account',
  'secret',
  'ip address',
  'device id',
  'medical id',
  'free text',
  'company',
  'url',
  'location',
]);

const FEW = 6;
const MANY_ROWS = 100;

/** Six values or fewer over a hundred rows or more: a list of choices. A card's last year or month may well have as few. */
export function isChoice(kind: PersonalClass, distinct: number, rows: number): boolean {
  return IDENTIFIERS.has(kind) && distinct <= FEW && rows >= MANY_ROWS;
}
