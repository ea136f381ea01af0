import type { A_Const, Node } from '@pgsql/types';
import { EMPTY_CATALOG } from './catalog.ts';
import { strings } from './names.ts';
import { isUtc } from './time-zone.ts';
import { splitType, typeText } from './types.ts';

/** A constant as a column's type compares it; `local` is a moment without a time zone. */
export type KeyValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'moment'; readonly milliseconds: number; readonly local: boolean }
  | { readonly kind: 'text'; readonly text: string };

/** How two constants stand to each other: as in a sort; `different` where only the server knows which comes first; undefined where it alone knows whether they are equal. */
export type Order = -1 | 0 | 1 | 'different' | undefined;

/** A literal, or a cast of one, as a value of this type; undefined for anything that has to be computed. */
export function keyValue(
  node: Node | undefined,
  type: string,
  timeZone: string | undefined,
): KeyValue | undefined {
  const { base, array } = splitType(type);
  const written = literalText(node, base);
  if (written === null) return { kind: 'null' };
  return written === undefined || array ? undefined : READERS[base]?.(written, timeZone);
}

/** The text of a literal, null for NULL. A cast to another type asks for another comparison, which may be none that partitions are found by. */
function literalText(node: Node | undefined, type: string): string | null | undefined {
  if (node === undefined) return undefined;
  if ('TypeCast' in node) {
    const cast = splitType(typeText(EMPTY_CATALOG, node.TypeCast.typeName)).base;
    return familyOf(cast) === familyOf(type) ? literalText(node.TypeCast.arg, type) : undefined;
  }
  if ('A_Const' in node) return constantText(node.A_Const);
  if (!('A_Expr' in node) || node.A_Expr.lexpr !== undefined || strings(node.A_Expr.name)[0] !== '-')
    return undefined;
  const positive = literalText(node.A_Expr.rexpr, type);
  return positive ? `-${positive}` : undefined;
}

/** Types that one operator family compares whatever the session's time zone is, by the name of the first. */
const FAMILIES: Readonly<Record<string, string>> = {
  'timestamp without time zone': 'date',
  smallint: 'integer',
  bigint: 'integer',
  'character varying': 'text',
};

function familyOf(type: string): string {
  return FAMILIES[type] ?? type;
}

function constantText({ isnull, sval, ival, fval, boolval }: A_Const): string | null | undefined {
  if (isnull) return null;
  if (sval) return sval.sval ?? '';
  if (ival) return String(ival.ival ?? 0);
  return boolval ? String(boolval.boolval === true) : fval?.fval;
}

type Reader = (text: string, timeZone: string | undefined) => KeyValue | undefined;

const number: Reader = (text) => {
  const value = Number(text);
  const isExact = /^\s*-?\d+(\.\d+)?\s*$/.test(text) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return isExact ? { kind: 'number', number: value } : undefined;
};
const asText: Reader = (text) => ({ kind: 'text', text });
const zoned: Reader = (text, timeZone) => moment(text, isUtc(timeZone) ? 'Z' : undefined, true);
const zoneless: Reader = (text) => moment(text, 'Z', false);

/** Types whose texts can be compared without a server. */
const READERS: Readonly<Record<string, Reader>> = {
  smallint: number,
  integer: number,
  bigint: number,
  numeric: number,
  text: asText,
  'character varying': asText,
  uuid: (text) => (/^[0-9a-f-]{36}$/i.test(text) ? { kind: 'text', text: text.toLowerCase() } : undefined),
  boolean: (text) => {
    const value = BOOLEANS[text.toLowerCase()];
    return value === undefined ? undefined : { kind: 'number', number: value };
  },
  date: (text) => (/^\d{4}-\d\d-\d\d$/.test(text.trim()) ? zoneless(text, undefined) : undefined),
  'timestamp without time zone': zoneless,
  'timestamp with time zone': zoned,
};

const BOOLEANS: Readonly<Record<string, number>> = { true: 1, t: 1, on: 1, false: 0, f: 0, off: 0 };

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** ISO 8601 to the millisecond. Where a zone counts and none is known, the moment is local. */
function moment(text: string, fallback: string | undefined, readsZone: boolean): KeyValue | undefined {
  const [, day, minutes = '00:00', seconds = '', offset] = MOMENT.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const zone = (readsZone ? offset : undefined) ?? fallback;
  const shift =
    zone === undefined || zone === 'Z'
      ? 'Z'
      : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const milliseconds = Date.parse(`${day}T${minutes}${seconds || ':00'}${shift}`);
  return Number.isNaN(milliseconds) ? undefined : { kind: 'moment', milliseconds, local: zone === undefined };
}

/** No two time zones are further apart. */
const WIDEST_ZONES = 27 * 3_600_000;

export function compareValues(a: KeyValue, b: KeyValue): Order {
  if (a.kind === 'number' && b.kind === 'number') return sign(a.number - b.number);
  if (a.kind === 'text' && b.kind === 'text') return a.text === b.text ? 0 : 'different';
  if (a.kind !== 'moment' || b.kind !== 'moment') return undefined;
  const distance = a.milliseconds - b.milliseconds;
  return a.local === b.local || Math.abs(distance) > WIDEST_ZONES ? sign(distance) : undefined;
}

function sign(distance: number): -1 | 0 | 1 {
  return distance === 0 ? 0 : distance < 0 ? -1 : 1;
}
