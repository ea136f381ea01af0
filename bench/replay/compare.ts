import type { Catalog } from '../../src/sql/catalog.ts';
import type { Effects, LockMode } from '../../src/sql/effect.ts';
import { LOCK_MODES } from '../../src/sql/effect.ts';
import type { Measured } from '../locks/measured.ts';
import { predicted } from '../locks/predicted.ts';

/** What a comparison found. */
export type Comparison = {
  readonly differences: readonly string[];
  /** Relations whose predicted lock depends on rows, and was not taken. */
  readonly notShown: number;
};

/**
 * Every relation's lock, rewrite, scan and build, predicted and measured. A lock that rows have to ask for may stay away
 * or be weaker, the rest of the statement needing less; every other must be there in exactly its mode.
 */
export function compare({ relations, seen }: Effects, catalog: Catalog, shown: Measured): Comparison {
  const conditional = new Set(
    relations.flatMap((one) => (one.conditional ? [`${one.relation} ${one.lock}`] : [])),
  );
  const told = predicted({ relations, seen }, catalog);
  const measured = new Map(shown.locks.map(parted));
  const missing = told.locks.filter((lock) => !shown.locks.includes(lock));
  const excused = missing.filter(
    (lock) => conditional.has(lock) && isWeaker(measured.get(parted(lock)[0]), parted(lock)[1]),
  );
  const spared = new Set(excused.map((lock) => parted(lock)[0]));
  const locks = {
    told: told.locks.filter((lock) => !excused.includes(lock)),
    shown: shown.locks.filter((lock) => !spared.has(parted(lock)[0])),
  };
  return {
    notShown: excused.length,
    differences: [
      ...differences('locks', locks.told, locks.shown),
      ...(['rewrites', 'scans', 'builds'] as const).flatMap((what) =>
        differences(what, told[what], shown[what]),
      ),
    ],
  };
}

function differences(what: string, told: readonly string[], shown: readonly string[]): readonly string[] {
  return [
    ...told.filter((one) => !shown.includes(one)).map((one) => `${what}: predicted ${one}`),
    ...shown.filter((one) => !told.includes(one)).map((one) => `${what}: measured ${one}`),
  ];
}

/** `public.orders RowShareLock` → the relation, whose name may have spaces, and the mode. */
function parted(lock: string): [relation: string, mode: LockMode] {
  const at = lock.lastIndexOf(' ');
  return [lock.slice(0, at), lock.slice(at + 1) as LockMode];
}

function isWeaker(mode: LockMode | undefined, than: LockMode): boolean {
  return mode === undefined || LOCK_MODES.indexOf(mode) < LOCK_MODES.indexOf(than);
}
