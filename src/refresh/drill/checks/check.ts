import type { Manifest } from '../../../evidence/manifest.ts';
import type { Connection } from '../../../postgres/connection.ts';
import type { DrillLimits } from '../limits.ts';
import type { StepResult } from '../steps.ts';

/** What a check of the restored data has at hand. */
export type CheckContext = {
  /** A superuser of a throw-away cluster, with an empty search_path, UTC, and a statement_timeout of what the budget has left. */
  readonly connection: Connection;
  /** A session as the team's own queries expect it: the database's usual search_path. */
  readonly plain: Connection;
  readonly limits: DrillLimits;
  readonly now: Date;
  /** What the last published baseline held, when there is one. */
  readonly previous: Manifest | undefined;
  /** A dump's indexes and rows were made anew here; a physical backup's files are as they were. */
  readonly source: 'dump' | 'physical';
  /** Milliseconds until the budget is used up, 0 or less when it is. */
  readonly left: () => number;
};

/** Rejects with ServerError 57014 when the budget ends in the middle. */
export type Check = { readonly name: string; readonly run: (context: CheckContext) => Promise<StepResult> };

/** The rows of a query that reads the catalog. */
export async function ask<T extends Record<string, unknown>>(
  connection: Connection,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly T[]> {
  return (await connection.query(sql, [...values])).rows as T[];
}

/** Of the catalog's relations: those of the server itself, and what lives only as long as a session, hold no data of anybody. */
export const OWN_SCHEMAS = `n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname !~ '^pg_(toast_)?temp_'`;

/** Gives the next statement no more time than the budget has left. */
export async function withinBudget({
  connection,
  left,
}: Pick<CheckContext, 'connection' | 'left'>): Promise<void> {
  await connection.run(`set statement_timeout = ${Math.max(1, Math.round(left()))}`);
}
