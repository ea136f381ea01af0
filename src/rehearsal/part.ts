import type { Problem } from '../evidence/schema.ts';
import type { Migration } from '../migrations/migration.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { parseSql } from '../sql/parse.ts';
import type { Statement } from '../sql/statement.ts';
import { refusesTransaction } from '../sql/transactions.ts';
import { limited } from './execute.ts';
import { isLoss, type Limits, limitProblem, problemOf } from './problem.ts';

/** One direction of a migration, as its tool sends it. */
export type Part = {
  readonly path: string;
  readonly statements: readonly Statement[];
  /** The text is no SQL. */
  readonly problem?: Problem;
  /** In no transaction of the tool's, or ending one itself: what it does cannot be taken back by ours. */
  readonly standsAlone: boolean;
};

/** The migration's up or down part; undefined where it has no such part, or an empty one. */
export function partOf(migration: Migration, direction: 'up' | 'down'): Part | undefined {
  const { path, text } = migration;
  const source = direction === 'up' ? { path, text, ...migration.up } : migration.down;
  if (source === undefined) return undefined;
  const parsed = parseSql(source.text, source.path, source);
  if (!parsed.ok) return { path: source.path, statements: [], problem: parsed.problem, standsAlone: false };
  const { statements } = parsed;
  if (direction === 'down' && statements.length === 0) return undefined;
  const { transaction = migration.transaction } = (direction === 'down' && migration.down) || migration;
  const standsAlone =
    transaction === 'none' ||
    statements.some((each) => each.kind === 'TransactionStmt' || refusesTransaction(each));
  return { path: source.path, statements, standsAlone };
}

/** Runs the part's statements one by one, each under the limits. Gives the refusal, with its place; throws when the server is lost. */
export async function runPart(worker: Connection, part: Part, limits: Limits): Promise<Problem | undefined> {
  if (part.problem !== undefined) return part.problem;
  for (const { sql, place } of part.statements) {
    try {
      await limited(worker, limits.statementTimeoutMs, () => worker.run(sql));
    } catch (error) {
      if (!(error instanceof ServerError) || isLoss(error.code)) throw error;
      const { file, line, column } = place;
      return limitProblem(problemOf({ file, text: sql, line, column }, error), error, limits);
    }
  }
  return undefined;
}
