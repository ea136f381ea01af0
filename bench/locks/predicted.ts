import type { Catalog } from '../../src/sql/catalog.ts';
import { type Effects, LOCK_MODES, type RelationEffect } from '../../src/sql/effect.ts';
import { type Measured, sorted } from './measured.ts';

/**
 * What the model predicts, in the words in which a server's work is measured. `unseen` is set when the model does not
 * know the statement. Of locks that depend on the statement's rows those that were `measured` are taken as foreseen, if
 * they are no stronger; without it all are listed.
 */
export function predicted(
  effects: Effects,
  catalog: Catalog,
  measured?: Pick<Measured, 'locks'>,
): Measured & { readonly unseen?: true } {
  const { relations, seen } = effects;
  const names = (test: (effect: RelationEffect) => boolean): readonly string[] =>
    sorted(relations.filter(test).map(({ relation }) => relation));
  const rebuilt = relations
    .filter(({ kind, rewrite }) => kind === 'index' && rewrite)
    .map(({ relation }) => catalog.relations.get(relation)?.table ?? '');
  return {
    ...(seen ? {} : { unseen: true }),
    locks: sorted(relations.flatMap((effect) => lockOf(effect, measured?.locks))),
    rewrites: names(({ rewrite }) => rewrite),
    scans: names(({ scan }) => scan),
    builds: sorted([...names(({ builds }) => builds !== undefined), ...rebuilt]),
  };
}

function lockOf(
  { relation, lock, conditional }: RelationEffect,
  measured: readonly string[] | undefined,
): readonly string[] {
  if (!conditional || measured === undefined) return [`${relation} ${lock}`];
  const allowed = LOCK_MODES.slice(0, LOCK_MODES.indexOf(lock) + 1).map((mode) => `${relation} ${mode}`);
  return measured.filter((one) => allowed.includes(one));
}
