import { splitType } from '../sql/types.ts';

/** What becomes of a value that the narrower type cannot hold. */
export type Narrowing = 'fails' | 'loses';

type Modifiers = readonly number[];

/**
 * Whether a column's new type holds less than its old one. A length is enforced by the assignment that ALTER TABLE
 * makes, but an explicit cast in USING cuts what is too long (documentation, 8.3); numbers out of range fail, fractions
 * and seconds are rounded (8.1, 8.5). Undefined where nothing is lost, and where the types have nothing to do with
 * each other.
 */
export function narrowing(from: string, to: string, hasUsing: boolean): Narrowing | undefined {
  const [old, next] = [splitType(from), splitType(to)];
  if (old.array || next.array) return undefined;
  const listed = NARROWER[`${old.base} → ${next.base}`];
  if (listed !== undefined) return listed;
  if (isText(old.base) && isText(next.base))
    return shortens(old.modifiers, next.modifiers) ? (hasUsing ? 'loses' : 'fails') : undefined;
  if (old.base !== next.base) return undefined;
  if (old.base === 'numeric') return digits(old.modifiers, next.modifiers);
  return TEMPORAL.has(old.base) && (next.modifiers[0] ?? 6) < (old.modifiers[0] ?? 6) ? 'loses' : undefined;
}

const NARROWER: Readonly<Record<string, Narrowing>> = {
  'bigint → integer': 'fails',
  'bigint → smallint': 'fails',
  'integer → smallint': 'fails',
  'numeric → bigint': 'loses',
  'numeric → integer': 'loses',
  'numeric → smallint': 'loses',
  'numeric → real': 'loses',
  'numeric → double precision': 'loses',
  'double precision → real': 'loses',
  'double precision → bigint': 'loses',
  'double precision → integer': 'loses',
  'double precision → smallint': 'loses',
  'real → bigint': 'loses',
  'real → integer': 'loses',
  'real → smallint': 'loses',
  'timestamp with time zone → date': 'loses',
  'timestamp without time zone → date': 'loses',
  'timestamp with time zone → time without time zone': 'loses',
  'timestamp without time zone → time without time zone': 'loses',
};

const TEMPORAL: ReadonlySet<string> = new Set([
  'timestamp without time zone',
  'timestamp with time zone',
  'time without time zone',
  'time with time zone',
  'interval',
]);

function isText(base: string): boolean {
  return base === 'text' || base === 'character varying' || base === 'character';
}

function shortens(from: Modifiers, to: Modifiers): boolean {
  return to.length > 0 && (from.length === 0 || Number(to[0]) < Number(from[0]));
}

/** Fewer places after the point round; fewer before it fail. */
function digits(from: Modifiers, to: Modifiers): Narrowing | undefined {
  if (to.length === 0) return undefined;
  if (from.length === 0) return 'loses';
  const [precision = 0, scale = 0] = from;
  const [nextPrecision = 0, nextScale = 0] = to;
  if (nextScale < scale) return 'loses';
  return nextPrecision - nextScale < precision - scale ? 'fails' : undefined;
}
