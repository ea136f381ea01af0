import type { Catalog } from '../../src/sql/catalog.ts';
import type { Effects, RelationEffect } from '../../src/sql/effect.ts';
import { type Measured, sorted } from './measured.ts';

/** What the model predicts, in the words in which a server's work is measured. `unseen` is set when the model does not know the statement. */
export function predicted(effects: Effects, catalog: Catalog): Measured & { readonly unseen?: boolean } {
  const { relations, seen } = effects;
  const names = (test: (effect: RelationEffect) => boolean): readonly string[] =>
    sorted(relations.filter(test).map(({ relation }) => relation));
  const rebuilt = relations
    .filter(({ kind, rewrite }) => kind === 'index' && rewrite)
    .map(({ relation }) => catalog.relations.get(relation)?.table ?? '');
  return {
    ...(seen ? {} : { unseen: true }),
    locks: sorted(relations.map(({ relation, lock }) => `${relation} ${lock}`)),
    rewrites: names(({ rewrite }) => rewrite),
    scans: names(({ scan }) => scan),
    builds: sorted([...names(({ builds }) => builds !== undefined), ...rebuilt]),
  };
}
