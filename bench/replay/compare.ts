import type { Catalog } from '../../src/sql/catalog.ts';
import type { Effects } from '../../src/sql/effect.ts';
import type { Measured } from '../locks/measured.ts';
import { predicted } from '../locks/predicted.ts';

/** What a comparison found. */
export type Comparison = {
  readonly differences: readonly string[];
  /** Relations whose predicted lock depends on rows, and was weaker or not taken. */
  readonly notShown: number;
};

/**
 * Every relation's lock, rewrite, scan and build, predicted and measured. A lock that rows have to ask for may stay away
 * or be weaker; every other must be there in exactly its mode, and nothing may be there that was not predicted.
 */
export function compare(effects: Effects, catalog: Catalog, shown: Measured): Comparison {
  const told = predicted(effects, catalog, shown);
  const notShown = effects.relations.filter(
    ({ relation, lock, conditional }) => conditional && !shown.locks.includes(`${relation} ${lock}`),
  );
  return {
    notShown: notShown.length,
    differences: (['locks', 'rewrites', 'scans', 'builds'] as const).flatMap((what) => [
      ...told[what].filter((one) => !shown[what].includes(one)).map((one) => `${what}: predicted ${one}`),
      ...shown[what].filter((one) => !told[what].includes(one)).map((one) => `${what}: measured ${one}`),
    ]),
  };
}
