import type { Catalog } from '../sql/catalog.ts';
import { splitType } from '../sql/types.ts';

/** What becomes of a foreign key from a column of one type to a column of another. */
export type TypeConflict =
  /** The server finds no operator for the two (SQLSTATE 42804). */
  | 'refused'
  /** The referencing column cannot hold every value of the referenced one. */
  | 'narrower';

/** Types by what the server compares with what, each from its narrowest to its widest. */
const FAMILIES: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint'],
  ['text', 'character varying', 'character', 'citext', 'name'],
  ['timestamp without time zone', 'timestamp with time zone', 'date'],
];
const INTEGERS = FAMILIES[0] as readonly string[];
/** Types that the server compares with none but their own (pg_amop, btree). */
const ALONE = new Set(['uuid', 'boolean', 'bytea', 'jsonb', 'macaddr', 'interval']);

/** Both as format_type() prints them. Undefined where they go together, and where nobody knows. */
export function typeConflict(catalog: Catalog, from: string, to: string): TypeConflict | undefined {
  const [own, other] = [baseType(catalog, from), baseType(catalog, to)];
  if (own === other || own.endsWith('[]') || other.endsWith('[]')) return undefined;
  const [narrow, wide] = [INTEGERS.indexOf(own), INTEGERS.indexOf(other)];
  if (narrow >= 0 && wide >= 0) return narrow < wide ? 'narrower' : undefined;
  const [ownFamily, otherFamily] = [familyOf(own), familyOf(other)];
  if (ownFamily === undefined || otherFamily === undefined) return undefined;
  return ownFamily === otherFamily ? undefined : 'refused';
}

function familyOf(type: string): string | undefined {
  return ALONE.has(type) ? type : FAMILIES.find((family) => family.includes(type))?.[0];
}

/** Without numbers, and a domain as what it is made of. */
function baseType(catalog: Catalog, text: string): string {
  let { base, array } = splitType(text);
  for (let depth = 0; depth < 50; depth += 1) {
    const domain = catalog.types.get(base);
    if (domain?.kind !== 'domain' || domain.base === undefined) break;
    ({ base, array } = splitType(domain.base));
  }
  return array ? `${base}[]` : base;
}
