import type { Catalog, Relation } from '../sql/catalog.ts';
import { childrenOf, foreignKeysTo, readersOf } from '../sql/graph.ts';
import { pointersTo } from '../sql/links.ts';
import { bareName } from '../sql/names.ts';
import { stoodBefore } from './standing.ts';
import { code } from './words.ts';

/** What CASCADE takes along with a relation, as far as the catalog knows, each in words: the view `public.recent`. What is spared is not told of. */
export function goesWithRelation(
  catalog: Catalog,
  name: string,
  isSpared: (name: string) => boolean,
): readonly string[] {
  const relation = catalog.relations.get(name);
  const isHeard = (other: string): boolean => !isSpared(other) && stoodBefore(catalog, other);
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

/** What calls a function goes with it: triggers, views, indexes, and defaults, checks, rules and policies of tables. Of overloads any may be meant. */
export function goesWithFunction(catalog: Catalog, name: string): readonly string[] {
  const callers = pointersTo(catalog.relations, 'callers', bareName(name));
  return callers
    .map((caller) => catalog.relations.get(caller))
    .filter((caller) => caller !== undefined && !caller.isNew)
    .flatMap((caller) => partsCalling(caller as Relation, name));
}

function partsCalling({ name: caller, kind, triggers = [] }: Relation, name: string): readonly string[] {
  if (kind === 'index' || kind === 'view' || kind === 'materialized view')
    return [`the ${kind} ${code(caller)}`];
  const calling = triggers.filter((trigger) => trigger.function === name);
  if (calling.length === 0) return [`what calls it in ${code(caller)}`];
  return calling.map((trigger) => `the trigger ${code(trigger.name)} of ${code(caller)}`);
}

/** Phrases in a sentence: one, "a and b", "a, b, c and 3 more". */
export function inWords(phrases: readonly string[]): string {
  if (phrases.length < 2) return phrases.join('');
  const shown = phrases.length > 4 ? [...phrases.slice(0, 3), `${phrases.length - 3} more`] : phrases;
  return `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
