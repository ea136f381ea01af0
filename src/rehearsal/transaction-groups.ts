import type { Migration } from '../migrations/migration.ts';
import { parseSql } from '../sql/parse.ts';
import type { Statement } from '../sql/statement.ts';

function flow({ node }: Statement): 'begins' | 'ends' | undefined {
  if (!('TransactionStmt' in node)) return undefined;
  const kind = node.TransactionStmt.kind ?? 'TRANS_STMT_BEGIN';
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return 'begins';
  return kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK' ? 'ends' : undefined;
}

/** One number for each statement, in order: statements with the same one are in one transaction. */
export function transactionNumbers(
  mode: Migration['transaction'],
  statements: readonly Statement[],
): readonly number[] {
  // One statement in a simple query is by itself; several are one transaction (docs 53.2.2.1).
  const implicit = mode === 'implicit' && statements.length > 1;
  let isOpen = mode === 'file' || implicit;
  let current = 0;
  return statements.map((statement) => {
    const what = flow(statement);
    if (!isOpen && what !== 'ends') current++;
    const own = current;
    if (what === 'begins') isOpen = true;
    if (what === 'ends') {
      isOpen = implicit;
      current++;
    }
    return own;
  });
}

/** The transaction and the grammar's kind of each of a migration's statements, by the byte at which it begins. */
export function statementFacts(
  migration: Migration,
): ReadonlyMap<number, { readonly transaction: number; readonly kind: string }> {
  const parsed = parseSql(migration.text, migration.path, migration.up);
  if (!parsed.ok) return new Map();
  const numbers = transactionNumbers(migration.transaction, parsed.statements);
  return new Map(
    parsed.statements.map(({ place, kind }, at) => [
      place.startByte,
      { transaction: numbers[at] ?? 0, kind },
    ]),
  );
}
