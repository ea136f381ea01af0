import type { SourceType, TypeCategory } from '../source.ts';
import type { Evidence } from './by-name.ts';
import type { PersonalClass } from './detection.ts';

const words = (text: string): ReadonlySet<TypeCategory> => new Set(text.split(' ') as TypeCategory[]);

const TEXT = words('text hstore composite');
const NUMBERS = words('text integer numeric hstore');
const DATES = words('date timestamp text integer hstore');

/** Types that a class's values can stand in. A yes or no, or one label of an enum, tells no person from another. */
const HOMES: Readonly<Record<PersonalClass, ReadonlySet<TypeCategory>>> = {
  email: TEXT,
  'given name': TEXT,
  'family name': TEXT,
  'full name': TEXT,
  company: NUMBERS,
  username: TEXT,
  phone: NUMBERS,
  address: NUMBERS,
  city: TEXT,
  postcode: NUMBERS,
  'birth date': DATES,
  'national id': NUMBERS,
  'bank account': NUMBERS,
  'payment card': words('text integer numeric date hstore'),
  secret: words('text bytes uuid hstore integer'),
  'ip address': words('text network integer hstore'),
  'device id': words('text mac uuid integer hstore bytes'),
  url: words('text hstore'),
  location: words('text numeric float geometric other hstore'),
  'special category': words('text integer numeric float boolean date enum bytes hstore range'),
  'medical id': NUMBERS,
  'free text': words('text tsvector hstore composite other'),
};

export function canHold(category: TypeCategory, kind: PersonalClass): boolean {
  return HOMES[kind].has(category);
}

const BASES: ReadonlyMap<string, readonly [PersonalClass, number, string]> = new Map([
  ['inet', ['ip address', 0.8, 'the type holds network addresses']],
  ['cidr', ['ip address', 0.6, 'the type holds networks']],
  ['macaddr', ['device id', 0.85, 'the type holds hardware addresses']],
  ['macaddr8', ['device id', 0.85, 'the type holds hardware addresses']],
  ['point', ['location', 0.5, 'the type holds places']],
  ['geometry', ['location', 0.55, 'the type holds places']],
  ['geography', ['location', 0.55, 'the type holds places']],
  ['tsvector', ['free text', 0.6, 'the type holds the words of a text']],
  ['xml', ['free text', 0.5, 'the type holds documents']],
  ['hstore', ['free text', 0.5, 'the type holds any member']],
]);

/** What a column's type says by itself. */
export function evidenceOfType(type: SourceType): readonly Evidence[] {
  const [kind, confidence, because] = BASES.get(type.base) ?? [];
  return kind && confidence && because ? [{ from: 'type', class: kind, confidence, because }] : [];
}
