import { failed, names, passed, skipped } from '../judge.ts';
import type { StepResult } from '../steps.ts';
import { ask, type Check } from './check.ts';

export type CollationVersion = {
  readonly name: string;
  readonly recorded: string | null;
  readonly actual: string | null;
};

/** pg_database's columns came with Postgres 15; before, only collations that a column names are versioned (docs: 54.15, 54.12). */
const DATABASE_SINCE = 15;

const DATABASE = `select 'default' as name, d.datcollversion as recorded,
    pg_catalog.pg_database_collation_actual_version(d.oid) as actual
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`;

/** Only what a column or an index uses: a cluster has hundreds of collations that nobody sorts by. */
const COLLATIONS = `select n.nspname || '.' || c.collname as name, c.collversion as recorded,
    pg_catalog.pg_collation_actual_version(c.oid) as actual
  from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
  where c.collprovider <> 'd' and (
    exists (select 1 from pg_catalog.pg_attribute a where a.attcollation = c.oid and a.attrelid >= 16384)
    or exists (select 1 from pg_catalog.pg_index i where c.oid = any (i.indcollation) and i.indrelid >= 16384))
  order by 1`;

/** Text was sorted into indexes by the rules of the machine that wrote them: other rules, and keys are not found (docs: ALTER COLLATION, notes). */
export function judgeCollations(
  versions: readonly CollationVersion[],
  knowsDatabase: boolean,
  source: 'dump' | 'physical',
): StepResult {
  const differs = versions.filter(
    ({ recorded, actual }) => recorded !== null && actual !== null && recorded !== actual,
  );
  if (differs.length > 0) {
    return failed(
      `Made with another version of the sorting rules: ${names(differs.map(({ name, recorded, actual }) => `${name} (${recorded}, here ${actual})`))}. Their indexes on text may miss rows until REINDEX.`,
    );
  }
  if (source === 'dump') return passed('All indexes were built here, by the sorting rules of this machine.');
  // No recorded version where one is in use means that nobody can compare; no version on either side is C, which never changes.
  const unknown = versions.filter(({ recorded, actual }) => recorded === null && actual !== null);
  if (unknown.length > 0)
    return skipped(`No version was recorded for ${names(unknown.map(({ name }) => name))}.`);
  if (!knowsDatabase)
    return skipped('This version of Postgres does not record the version of a database’s own collation.');
  return passed('The versions of all collations in use are those that were recorded, or cannot change.');
}

export const collations: Check = {
  name: 'collation versions',
  run: async ({ connection, source }) => {
    const knowsDatabase = connection.serverVersion >= DATABASE_SINCE;
    const queries = knowsDatabase ? [DATABASE, COLLATIONS] : [COLLATIONS];
    const versions: CollationVersion[] = [];
    for (const sql of queries) versions.push(...(await ask<CollationVersion>(connection, sql)));
    return judgeCollations(versions, knowsDatabase, source);
  },
};
