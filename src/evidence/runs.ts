import { placeKey } from './place-key.ts';
import type { MigrationRun } from './schema.ts';

/** One statement of a run; `at` is its index among the migration's. */
export type RunStatement = { readonly migration: MigrationRun; readonly at: number };

/** Finds statements by their place; one file may hold several migrations. */
export function statementFinder(
  migrations: readonly MigrationRun[],
): (place: Parameters<typeof placeKey>[0]) => RunStatement | undefined {
  const found = new Map<string, RunStatement>();
  for (const migration of migrations)
    for (const [at, { place }] of migration.statements.entries())
      found.set(placeKey(place), { migration, at });
  return (place) => found.get(placeKey(place));
}
