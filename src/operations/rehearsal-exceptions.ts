import { groupBy } from '../group-by.ts';
import type { PlacedException } from '../policy/exceptions.ts';
import type { Catalog } from '../sql/catalog.ts';
import type { RelationKind } from '../sql/effect.ts';
import { inlineExceptions } from './inline-exceptions.ts';
import type { RehearseOptions } from './rehearse.ts';

const WITH_ROWS: readonly RelationKind[] = ['table', 'partitioned table', 'materialized view'];

/** Names of the relations with rows that existed before the change. */
export function existingTables({ relations }: Catalog): ReadonlySet<string> {
  const held = [...relations.values()].filter(({ kind, isNew }) => !isNew && WITH_ROWS.includes(kind));
  return new Set(held.map(({ name }) => name));
}

/**
 * The exceptions from rules that only a rehearsal knows, of the policy and of the migrations themselves, as far as they
 * hold on `today`, a UTC day. The lint tells of one that has ended; that one waives nothing cannot be known from one run.
 */
export function rehearsalExceptions(
  rules: readonly string[],
  { plan, loaded, lint }: RehearseOptions,
  today: string,
): readonly PlacedException[] {
  const read = groupBy(lint.statements, ({ place }) => place.file);
  const inline = inlineExceptions(plan.added, (path) => read.get(path) ?? [], loaded).exceptions;
  return [...loaded.exceptions, ...inline].filter(
    ({ rule, until }) => rules.includes(rule) && today <= until,
  );
}
