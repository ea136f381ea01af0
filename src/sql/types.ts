import type { Node, TypeName } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { resolve, strings } from './names.ts';

/** The grammar's and the user's short names, as format_type() prints them. */
const CANONICAL: Readonly<Record<string, string>> = {
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  decimal: 'numeric',
  varchar: 'character varying',
  bpchar: 'character',
  varbit: 'bit varying',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  time: 'time without time zone',
  timetz: 'time with time zone',
};

/** Pseudo-types of CREATE and ADD COLUMN that stand for an integer with a sequence (documentation 8.1.4). */
export const SERIALS: Readonly<Record<string, string>> = {
  smallserial: 'smallint',
  serial2: 'smallint',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
};

/** The integer type behind `serial` and its siblings, undefined for any other type. */
export function serialType(type: TypeName | undefined): string | undefined {
  const names = strings(type?.names);
  return names.length === 1 ? SERIALS[names[0] ?? ''] : undefined;
}

/** The canonical text of a type, as format_type() prints it; types of the catalog are qualified. */
export function typeText(catalog: Catalog, type: TypeName | undefined): string {
  const base = serialType(type) ?? baseName(catalog, strings(type?.names));
  const modifiers = (type?.typmods ?? []).map(constant);
  const array = (type?.arrayBounds ?? []).length > 0 ? '[]' : '';
  return `${withModifiers(base, modifiers)}${array}`;
}

/** A type's text in parts: `character varying(20)[]` → base, numbers, array. */
export function splitType(text: string): { base: string; modifiers: readonly number[]; array: boolean } {
  const array = text.endsWith('[]');
  const element = array ? text.slice(0, -2) : text;
  const found = /^(.*?)\((\d+(?:,-?\d+)?)\)(.*)$/.exec(element);
  if (found === null) return { base: element, modifiers: [], array };
  return { base: `${found[1]}${found[3]}`, modifiers: (found[2] ?? '').split(',').map(Number), array };
}

function baseName(catalog: Catalog, names: readonly string[]): string {
  const bare = names.at(-1) ?? '';
  if (names.length > 1 && names[0] !== 'pg_catalog') return names.slice(-2).join('.');
  if (names.length === 1) {
    const qualified = resolve(catalog, names);
    if (catalog.types.has(qualified)) return qualified;
  }
  return CANONICAL[bare] ?? bare;
}

function constant(node: Node): number {
  return 'A_Const' in node ? (node.A_Const.ival?.ival ?? 0) : Number.NaN;
}

function withModifiers(base: string, modifiers: readonly number[]): string {
  if (modifiers.length === 0 || modifiers.some(Number.isNaN)) return base;
  // INTERVAL's first modifier is a mask of fields (intervaltypmodout); the precision decides what we ask.
  const numbers = base === 'interval' ? modifiers.slice(1) : modifiers;
  if (numbers.length === 0) return base;
  const shown = base === 'numeric' && numbers.length === 1 ? [...numbers, 0] : numbers;
  const [, head, tail] = /^(time(?:stamp)?)( with(?:out)? time zone)$/.exec(base) ?? [];
  return head === undefined ? `${base}(${shown.join(',')})` : `${head}(${shown.join(',')})${tail}`;
}
