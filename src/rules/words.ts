import type { Catalog } from '../sql/catalog.ts';
import type { Effects, RelationEffect } from '../sql/effect.ts';

/** Effects on relations that were there before the change: nobody waits for a table that the change itself makes. */
export function onExisting(effects: Effects, catalog: Catalog): readonly RelationEffect[] {
  return effects.relations.filter(({ relation }) => catalog.relations.get(relation)?.isNew !== true);
}

/** A name or SQL between backticks, which a report turns into code; the text itself cannot end it. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}

/** The verb that goes with `listed`. */
export function isOrAre(names: readonly string[]): 'is' | 'are' {
  return names.length === 1 ? 'is' : 'are';
}

/** Relations as code, in a sentence: one, "a and b", "a, b and 3 more". */
export function listed(names: readonly string[]): string {
  const [last, ...first] = names.map(code).toReversed();
  if (last === undefined || first.length === 0) return last ?? '';
  if (names.length > 3) return `${names.slice(0, 2).map(code).join(', ')} and ${names.length - 2} more`;
  return `${first.toReversed().join(', ')} and ${last}`;
}
