import type { Problem } from '../evidence/schema.ts';
import type { Statement } from '../sql/statement.ts';

const ENDS: readonly unknown[] = ['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK'];

function transactionKind({ node }: Statement): string | undefined {
  return 'TransactionStmt' in node ? (node.TransactionStmt.kind ?? 'TRANS_STMT_BEGIN') : undefined;
}

/** The ROLLBACK that undoes the last work of the statements, none after it. One with nothing before it undoes nothing. */
function lastRollback(statements: readonly Statement[]): Statement | undefined {
  let works = false;
  let undoing: Statement | undefined;
  for (const statement of statements) {
    const kind = transactionKind(statement);
    if (kind === undefined) undoing = undefined;
    if (kind === 'TRANS_STMT_ROLLBACK' && works) undoing = statement;
    works = kind === undefined || (works && !ENDS.includes(kind));
  }
  return undoing;
}

/** A file that its tool wraps in a transaction and that ends by rolling it back: recorded as applied, it changed nothing. */
export function rolledBack(statements: readonly Statement[]): Problem | undefined {
  const rollback = lastRollback(statements);
  if (rollback === undefined) return undefined;
  const { file, line, column } = rollback.place;
  return {
    file,
    line,
    column,
    message:
      'ROLLBACK undoes what the file did before it, and the tool would still record the migration as applied.',
    hint: 'Remove ROLLBACK: the tool itself begins and commits the transaction of this file.',
  };
}
