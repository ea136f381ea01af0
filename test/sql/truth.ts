import { type Measured, sorted } from '../../bench/locks/measured.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import type { PostgresVersion, RelationEffect } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { statementOf, statementsOf } from './schema.ts';

const START: Catalog = { ...EMPTY_CATALOG, complete: true, timeZone: 'UTC' };
const worlds = new Map<string | undefined, Catalog>();

/** The world after `given`, known from its statements; read once. */
export function worldWith(given: string | undefined): Catalog {
  const known = worlds.get(given);
  if (known !== undefined) return known;
  const before = given === undefined ? START : worldWith(undefined);
  const made = settled(statementsOf(given ?? WORLD).reduce(applyStatement, before));
  worlds.set(given, made);
  return made;
}

/** What the model says of a statement, in the words of what was measured. `unseen` when it does not know. */
export function predict(
  sql: string,
  catalog: Catalog,
  version: PostgresVersion,
): Measured & { readonly unseen?: true } {
  const predicted = effects(statementOf(sql), catalog, version);
  const names = (test: (effect: RelationEffect) => boolean): readonly string[] =>
    sorted(predicted.relations.filter(test).map(({ relation }) => relation));
  const rebuilt = predicted.relations
    .filter(({ kind, rewrite }) => kind === 'index' && rewrite)
    .map(({ relation }) => catalog.relations.get(relation)?.table ?? '');
  return {
    ...(predicted.seen ? {} : { unseen: true }),
    locks: sorted(predicted.relations.map(({ relation, lock }) => `${relation} ${lock}`)),
    rewrites: names(({ rewrite }) => rewrite),
    scans: names(({ scan }) => scan),
    builds: sorted([...names(({ builds }) => builds !== undefined), ...rebuilt]),
  };
}
