import type { PersonalClass } from './detection.ts';
import { isCard, isIban } from './validators/checksums.ts';
import { EMAIL, isDashedSsn, isEmail, isReservedDomain } from './validators/patterns.ts';
import { knownSecret } from './validators/secrets.ts';

export type Found = { readonly class: PersonalClass; readonly because: string };

type Pattern = Found & { readonly find: RegExp; readonly proves: (match: string) => boolean };

const digitCount = (text: string): number => text.replace(/\D/g, '').length;

/** What may stand inside a longer text and still be told for certain, by a check or a shape that nothing else has. */
const PATTERNS: readonly Pattern[] = [
  {
    class: 'email',
    because: 'an e-mail address',
    find: new RegExp(`(?<![\\w.:/@%-])${EMAIL.source}`, 'gu'),
    proves: (match) => !isReservedDomain(match.slice(match.lastIndexOf('@') + 1)) && !isFileName(match),
  },
  {
    class: 'bank account',
    because: 'an IBAN',
    find: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g,
    proves: isIban,
  },
  {
    class: 'payment card',
    because: 'a payment card number',
    find: /(?<![\w.-])\d{4}([ -]?)\d{4,6}\1\d{4,5}(\1\d{1,4})?(?![\w.-]|\.\d)/g,
    proves: isCard,
  },
  {
    class: 'national id',
    because: 'a US social security number',
    find: /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g,
    proves: isDashedSsn,
  },
  {
    class: 'phone',
    because: 'a phone number',
    find: /(?<![\w+.])\+[1-9]\d{0,2}[ .(-]{0,2}\d[\d ().-]{5,16}\d(?![\w.]\d)/g,
    proves: (match) => digitCount(match) >= 9 && digitCount(match) <= 15,
  },
];

/** `icon@2x.png` and `user@host.service` are no addresses. */
function isFileName(match: string): boolean {
  return /@\dx\b|\.(png|jpe?g|gif|svg|webp|css|js|ts|py|rb|go|java|sql|service|so|dll|conf|yml|yaml|json)$/i.test(
    match,
  );
}

/** What a text has in it, each class once. Nothing of the text is repeated. */
export function findEmbedded(text: string): readonly Found[] {
  const found = PATTERNS.flatMap(({ class: kind, because, find, proves }) =>
    [...text.matchAll(find)].some(([match]) => proves(match)) ? [{ class: kind, because }] : [],
  );
  const secret = knownSecret(text);
  return secret === undefined ? found : [...found, { class: 'secret', because: secret }];
}

/** How many of the values have something in them, by class, without those that are nothing else. */
export function embeddedCounts(values: readonly string[]): ReadonlyMap<PersonalClass, number> {
  const counts = new Map<PersonalClass, number>();
  for (const value of values) {
    for (const { class: kind } of findInColumn(value)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** `user:ana@corp.org`: a key of a cache or queue. In a longer text it could be a password before a host. */
function behindWord(value: string): readonly Found[] {
  const [, address] = /^[\w.-]{1,60}[:=|#/]([^\s/:]+@[^\s/:]+)$/u.exec(value) ?? [];
  return address !== undefined && isEmail(address) ? [{ class: 'email', because: 'an e-mail address' }] : [];
}

/** In rows a reserved domain may be a test's habit, and the free text around it still a person's. */
function findInColumn(value: string): readonly Found[] {
  const reserved =
    /[\p{L}\p{N}._-]+@[\p{L}\p{N}-]+\.(example|test|invalid)\b|@example\.(com|org|net)\b/u.test(value);
  const found = [...findEmbedded(value), ...behindWord(value)];
  return reserved && !found.some((one) => one.class === 'email')
    ? [...found, { class: 'email', because: '' }]
    : found;
}
