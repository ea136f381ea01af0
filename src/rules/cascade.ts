import type { Catalog } from '../sql/catalog.ts';
import { childrenOf, foreignKeysTo, readersOf } from '../sql/graph.ts';
import { stoodBefore } from './standing.ts';
import { code } from './words.ts';

/** What CASCADE takes along with a relation, as far as the catalog knows, each in words: the view `public.recent`. */
export function goesWithRelation(
  catalog: Catalog,
  name: string,
  dropped: readonly string[],
): readonly string[] {
  const relation = catalog.relations.get(name);
  const isHeard = (other: string): boolean => !dropped.includes(other) && stoodBefore(catalog, other);
  const views = readersOf(catalog, new Set([name])).filter((view) => isHeard(view.name));
  const keys = foreignKeysTo(catalog, name).filter(({ table }) => isHeard(table.name));
  const children =
    relation?.kind === 'partitioned table'
      ? []
      : childrenOf(catalog, name).filter((child) => isHeard(child.name));
  return [
    ...children.map((child) => `the table ${code(child.name)} with its data`),
    ...views.map((view) => `the ${view.kind} ${code(view.name)}`),
    ...keys.map(({ table, constraint }) => `the foreign key ${code(constraint.name)} of ${code(table.name)}`),
    ...(relation?.ownedBy ? [`the default of ${code(relation.ownedBy)}`] : []),
  ];
}

/** Triggers that call a function go with it. */
export function goesWithFunction(catalog: Catalog, name: string): readonly string[] {
  return [...catalog.relations.values()]
    .filter(({ isNew }) => !isNew)
    .flatMap(({ name: table, triggers = [] }) =>
      triggers
        .filter((trigger) => trigger.function === name)
        .map((trigger) => `the trigger ${code(trigger.name)} of ${code(table)}`),
    );
}

/** Phrases in a sentence: one, "a and b", "a, b, c and 3 more". */
export function inWords(phrases: readonly string[]): string {
  if (phrases.length < 2) return phrases.join('');
  const shown = phrases.length > 4 ? [...phrases.slice(0, 3), `${phrases.length - 3} more`] : phrases;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
