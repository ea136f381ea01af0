import type { Catalog } from '../sql/catalog.ts';
import type { Effects, RelationEffect } from '../sql/effect.ts';

/** Effects on relations that were there before the change: nobody waits for a table that the change itself makes. */
export function onExisting(effects: Effects, catalog: Catalog): readonly RelationEffect[] {
  return effects.relations.filter(({ relation }) => catalog.relations.get(relation)?.isNew !== true);
}

/** `public.orders` · `public.orders and public.items` · `public.a, public.b and 3 more`. */
export function listed(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  if (names.length > 3) return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
