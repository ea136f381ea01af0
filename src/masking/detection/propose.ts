import type { SourceColumn, SourceTable, SourceType } from '../source.ts';
import type { Strategy } from '../strategy.ts';
import type { PersonalClass } from './detection.ts';
import type { Validator } from './validators/validator.ts';

/** What a strategy must respect; inside a document only the values' type is known. */
export type Place = { readonly type: SourceType; readonly notNull: boolean; readonly unique: boolean };

export function placeOf(table: SourceTable, column: SourceColumn): Place {
  const unique = table.keys.some(({ reads }) => reads.length === 1 && reads[0] === column.name);
  return { type: column.type, notNull: column.notNull, unique };
}

const SHIFT: Strategy = { as: 'shift', days: 30 };
const NOISE: Strategy = { as: 'noise', ratio: 0.1 };

/** Characters below which a made-up value of the kind may not fit; `code` then keeps the length. */
const ROOM: Partial<Record<PersonalClass, number>> = {
  email: 24,
  'given name': 8,
  'family name': 8,
  'full name': 12,
  company: 12,
  username: 8,
  phone: 8,
  address: 12,
  city: 8,
  url: 24,
};

const OF_TEXT: Readonly<Record<PersonalClass, Strategy>> = {
  email: { as: 'email' },
  'given name': { as: 'name.first' },
  'family name': { as: 'name.last' },
  'full name': { as: 'name' },
  company: { as: 'company' },
  username: { as: 'username' },
  phone: { as: 'phone' },
  address: { as: 'address' },
  city: { as: 'city' },
  postcode: { as: 'postcode' },
  'birth date': { as: 'code' },
  'national id': { as: 'code' },
  'bank account': { as: 'code' },
  'payment card': { as: 'digits' },
  secret: { as: 'null' },
  'ip address': { as: 'ip' },
  'device id': { as: 'code' },
  url: { as: 'url' },
  location: { as: 'code' },
  'special category': { as: 'text' },
  'medical id': { as: 'code' },
  'free text': { as: 'text' },
};

/** Of these many people share a value, so that only `code` keeps a unique column's values apart. */
const SHARED: ReadonlySet<PersonalClass> = new Set([
  'given name',
  'family name',
  'full name',
  'company',
  'address',
  'city',
  'postcode',
  'birth date',
  'special category',
  'free text',
]);

function ofText(kind: PersonalClass, place: Place, validator: Validator | undefined): Strategy {
  if (kind === 'secret') {
    if (place.unique) return { as: 'code' };
    return { as: place.notNull ? 'empty' : 'null' };
  }
  if (validator?.check && validator.class === kind) {
    return { as: 'digits', check: validator.check, ...(kind === 'payment card' ? { keep: 6 } : {}) };
  }
  const room = ROOM[kind] ?? 0;
  if ((place.type.maximumLength ?? room) < room) return { as: 'code' };
  if (place.unique && SHARED.has(kind)) return { as: 'code' };
  return OF_TEXT[kind];
}

function ofNumber(kind: PersonalClass, place: Place, validator: Validator | undefined): Strategy {
  if (validator?.check && validator.class === kind) return { as: 'digits', check: validator.check };
  const isMeasure = kind === 'special category' || kind === 'location' || kind === 'birth date';
  if (isMeasure && !place.unique) return kind === 'location' ? { as: 'noise', ratio: 0.01 } : NOISE;
  if (place.type.category === 'integer') return { as: 'digits' };
  return NOISE;
}

const gone = (place: Place): Strategy => ({ as: place.notNull ? 'empty' : 'null' });

/**
 * What a first profile says for a column of the class: a strategy that its type and length can hold and that keeps a unique
 * column's values apart.
 */
export function proposeStrategy(kind: PersonalClass, place: Place, validator?: Validator): Strategy {
  const { type } = place;
  switch (type.category) {
    case 'text':
      return ofText(kind, place, validator);
    case 'integer':
    case 'numeric':
    case 'float':
      return ofNumber(kind, place, validator);
    case 'date':
    case 'timestamp':
      return SHIFT;
    case 'network':
      return { as: 'ip' };
    case 'mac':
      return { as: 'mac' };
    case 'uuid':
      return { as: 'uuid' };
    case 'enum':
      return { as: 'enum' };
    case 'bytes':
      return kind === 'secret' && !place.unique ? gone(place) : { as: 'bytes' };
    case 'json':
      return { as: 'json', paths: [], otherwise: 'mask' };
    case 'hstore':
      return { as: 'elements', each: ofText(kind, { ...place, unique: false }, validator) };
    case 'array':
      return type.element
        ? {
            as: 'elements',
            each: proposeStrategy(kind, { type: type.element, notNull: true, unique: false }, validator),
          }
        : gone(place);
    case 'composite':
      return { as: 'elements', each: ofText(kind, { ...place, unique: false }, undefined) };
    default:
      return gone(place);
  }
}
