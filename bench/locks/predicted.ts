import type { Catalog } from '../../src/sql/catalog.ts';
import { type Effects, LOCK_MODES, lockStrength, type RelationEffect } from '../../src/sql/effect.ts';
import { type Measured, sorted } from './measured.ts';

/**
 * What the model predicts, in the words in which a server's work is measured. `unseen` is set when the model does not
 * know the statement. Of locks and work that depend on the statement's rows what was `measured` is taken as foreseen, if
 * the locks are no stronger; without it all is listed.
 */
export function predicted(
  effects: Effects,
  catalog: Catalog,
  measured?: Measured,
): Measured & { readonly unseen?: true } {
  const { relations, seen } = effects;
  const names = (what: Work, test: (effect: RelationEffect) => boolean): readonly string[] =>
    relations.filter(test).flatMap((effect) => {
      const name = what === 'builds' && effect.kind === 'index' ? tableOf(effect, catalog) : effect.relation;
      return effect.conditional && measured?.[what].includes(name) === false ? [] : [name];
    });
  return {
    ...(seen ? {} : { unseen: true }),
    locks: sorted(relations.flatMap((effect) => lockOf(effect, measured?.locks))),
    rewrites: sorted(names('rewrites', ({ rewrite }) => rewrite)),
    scans: sorted(names('scans', ({ scan }) => scan)),
    builds: sorted(
      names('builds', ({ builds, kind, rewrite }) => builds !== undefined || (kind === 'index' && rewrite)),
    ),
  };
}

type Work = 'rewrites' | 'scans' | 'builds';

/** An index in new files was built on its table. */
function tableOf({ relation }: RelationEffect, catalog: Catalog): string {
  return catalog.relations.get(relation)?.table ?? '';
}

function lockOf(
  { relation, lock, conditional }: RelationEffect,
  measured: readonly string[] | undefined,
): readonly string[] {
  if (!conditional || measured === undefined) return [`${relation} ${lock}`];
  const allowed = LOCK_MODES.slice(0, lockStrength(lock) + 1).map((mode) => `${relation} ${mode}`);
  return measured.filter((one) => allowed.includes(one));
}
