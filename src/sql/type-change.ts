import type { Node, TypeName } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { strings } from './names.ts';
import { isUtc } from './time-zone.ts';
import { splitType, typeText } from './types.ts';

/**
 * Whether ALTER COLUMN … TYPE rewrites the table: what ATColumnChangeRequiresRewrite (tablecmds.c) decides after the
 * planner has taken away needless length coercions. A USING that is more than the column, or a cast of it, rewrites.
 */
export function typeChangeRewrites(
  catalog: Catalog,
  column: { readonly name: string; readonly type: string } | undefined,
  to: TypeName | undefined,
  using: Node | undefined,
): boolean {
  const target = typeText(catalog, to);
  if (column === undefined || !isPlainCast(catalog, using, column.name, target)) return true;
  if (catalog.types.get(splitType(target).base)?.constrained) return true;
  return coercionRewrites(catalog, storedAs(catalog, column.type, target), baseOf(catalog, target));
}

function coercionRewrites(catalog: Catalog, from: string, to: string): boolean {
  const [old, next] = [splitType(from), splitType(to)];
  if (old.array !== next.array) return true;
  if (old.base === next.base) return modifierRewrites(old.base, old.modifiers, next.modifiers, old.array);
  if (isUtc(catalog.timeZone) && TIMESTAMPS.has(old.base) && TIMESTAMPS.has(next.base) && !old.array)
    return (next.modifiers[0] ?? 6) < 6;
  if (old.array || !RELABELS.has(`${old.base} → ${next.base}`)) return true;
  return next.modifiers.length > 0 && shortens(old.modifiers, next.modifiers);
}

/** Casts WITHOUT FUNCTION among built-in types (pg_cast, castmethod b), and citext's, whose rows stay as they are. */
const RELABELS: ReadonlySet<string> = new Set([
  'character varying → text',
  'text → character varying',
  'cidr → inet',
  'bit → bit varying',
  'xml → text',
  'xml → character varying',
  'integer → oid',
  'oid → integer',
  'pg_node_tree → text',
  'citext → text',
  'citext → character varying',
  'text → citext',
  'character varying → citext',
  'public.citext → text',
  'public.citext → character varying',
  'text → public.citext',
  'character varying → public.citext',
]);

const TIMESTAMPS: ReadonlySet<string> = new Set(['timestamp without time zone', 'timestamp with time zone']);

type Modifiers = readonly number[];

/** Length coercions that the planner drops (support functions of varchar, varbit, numeric and the temporal types). */
const SHRINKS: Readonly<Record<string, (from: Modifiers, to: Modifiers) => boolean>> = {
  'character varying': shortens,
  'bit varying': shortens,
  numeric: (from, to) =>
    to.length > 0 && (from.length === 0 || from[1] !== to[1] || Number(to[0]) < Number(from[0])),
  'timestamp without time zone': precisionShrinks,
  'timestamp with time zone': precisionShrinks,
  'time without time zone': precisionShrinks,
  'time with time zone': precisionShrinks,
  interval: precisionShrinks,
};

function modifierRewrites(base: string, from: Modifiers, to: Modifiers, isArray: boolean): boolean {
  if (from.join() === to.join()) return false;
  // An array's elements are coerced one by one; only dropping the limit spares that.
  if (isArray) return to.length > 0;
  const shrinks = SHRINKS[base];
  return shrinks === undefined ? to.length > 0 : shrinks(from, to);
}

function shortens(from: Modifiers, to: Modifiers): boolean {
  return to.length > 0 && (from.length === 0 || Number(to[0]) < Number(from[0]));
}

/** No precision means 6, the most there is. */
function precisionShrinks(from: Modifiers, to: Modifiers): boolean {
  return (to[0] ?? 6) < (from[0] ?? 6);
}

/** A value of a domain has no modifier that the server knows of (exprTypmod), so that it is fitted to the new type's again. */
function storedAs(catalog: Catalog, type: string, target: string): string {
  const base = baseOf(catalog, type);
  return base === type || type === target ? base : base.replace(/\([^)]*\)/, '');
}

/** A domain's rows are stored as its base type's. */
export function baseOf(catalog: Catalog, type: string): string {
  const seen = new Set<string>();
  let base = type;
  while (!seen.has(base)) {
    seen.add(base);
    const facts = catalog.types.get(base);
    if (facts?.kind === 'domain') base = facts.base ?? base;
  }
  return base;
}

function isPlainCast(catalog: Catalog, using: Node | undefined, column: string, target: string): boolean {
  if (using === undefined) return true;
  if ('ColumnRef' in using) return strings(using.ColumnRef.fields).at(-1) === column;
  if (!('TypeCast' in using)) return false;
  const { arg, typeName } = using.TypeCast;
  return typeText(catalog, typeName) === target && isPlainCast(catalog, arg, column, target);
}
