import type { Connection } from '../postgres/connection.ts';
import type { Statement } from '../sql/statement.ts';

/** Statements that read no rows, and after which a query of ours would do harm: it takes the transaction's snapshot, which SET TRANSACTION and LOCK must precede (docs: SET TRANSACTION, LOCK). */
const BEFORE_SNAPSHOT = new Set(['TransactionStmt', 'VariableSetStmt', 'VariableShowStmt', 'LockStmt']);

/** Whether the session may be asked in its own transaction after this statement. */
export function mayRead({ kind }: Statement): boolean {
  return !BEFORE_SNAPSHOT.has(kind);
}

/** Whether the statement may set a time limit that would hold for our own queries too. */
export function setsLimit({ sql }: Statement): boolean {
  return /statement_timeout/i.test(sql);
}

type Session = { readonly worker: Connection; readonly hasLimit: boolean };

/** Asks the session in its own transaction. A limit that the migration has set is lifted meanwhile, within that transaction. */
export async function unlimited<Result>(
  { worker, hasLimit }: Session,
  ask: (worker: Connection) => Promise<Result>,
): Promise<Result> {
  if (!hasLimit) return ask(worker);
  const { rows } = await worker.query(
    "select pg_catalog.current_setting('statement_timeout') as before, pg_catalog.set_config('statement_timeout', '0', true)",
  );
  const result = await ask(worker);
  await worker.query("select pg_catalog.set_config('statement_timeout', $1, true)", [rows[0]?.before]);
  return result;
}
