import type { HazardCase } from './cases.ts';
import type { Told } from './own.ts';

/**
 * Where the JSON of the command line differs from what the server showed, as lines of text: each relation's lock of
 * whatever kind, and the tables, partitions and materialized views that are rewritten or scanned.
 */
export function differences({ shown, catalog }: HazardCase, { statements }: Told): readonly string[] {
  const told = (read: (one: Told['statements'][number]) => readonly string[]): readonly string[] => [
    ...new Set(statements.flatMap(read)),
  ];
  const hasRows = (name: string): boolean => !['index', 'sequence', 'view'].includes(kind(name));
  const kind = (name: string): string => catalog.relations.get(name)?.kind ?? '';
  const unseen = statements.filter(({ seen }) => !seen).map(() => 'not seen');
  return [
    ...unseen,
    ...differing('lock', told(lockLines), shown.locks),
    ...differing(
      'rewrite',
      told(({ rewrites }) => rewrites),
      shown.rewrites.filter(hasRows),
    ),
    ...differing(
      'scan',
      told(({ scans }) => scans),
      shown.scans.filter(hasRows),
    ),
  ];
}

function lockLines({ locks }: Told['statements'][number]): readonly string[] {
  return locks.map(({ relation, mode }) => `${relation} ${mode}`);
}

function differing(what: string, told: readonly string[], shown: readonly string[]): readonly string[] {
  return [
    ...told.filter((one) => !shown.includes(one)).map((one) => `${what} told, not shown: ${one}`),
    ...shown.filter((one) => !told.includes(one)).map((one) => `${what} shown, not told: ${one}`),
  ];
}
