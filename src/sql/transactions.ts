import type { Statement } from './statement.ts';

const BEGINS = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START']);
const ENDS = new Set(['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK', 'TRANS_STMT_PREPARE']);

/**
 * Whether each statement runs inside a transaction that lasts longer than itself. `wrapped`: the tool begins one
 * before the first statement; a COMMIT in the file ends it early.
 */
export function transactionFlow(statements: readonly Statement[], wrapped: boolean): readonly boolean[] {
  let open = wrapped;
  return statements.map(({ node }) => {
    if (!('TransactionStmt' in node)) return open;
    const { kind = '', chain } = node.TransactionStmt;
    if (BEGINS.has(kind)) open = true;
    if (ENDS.has(kind)) {
      open = chain === true;
      return true;
    }
    return open;
  });
}
