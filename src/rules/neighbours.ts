import { embeddedStatements } from '../sql/plpgsql.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';

/** The statements around one: those of its file or, inside a DO block, those of the block. */
type Neighbours = { readonly earlier: readonly Statement[]; readonly later: readonly Statement[] };

function neighbours(statement: Statement, { file }: RuleContext): Neighbours {
  const outer = file.statements[file.index];
  if (outer === undefined || outer === statement) return split(file.statements, file.index);
  const inside = embeddedStatements(outer).statements;
  return split(
    inside,
    inside.findIndex(({ sql }) => sql === statement.sql),
  );
}

function split(all: readonly Statement[], index: number): Neighbours {
  return { earlier: all.slice(0, Math.max(0, index)), later: all.slice(index + 1) };
}

/** The statements that follow in the same file, or in the same DO block. */
export function laterStatements(statement: Statement, context: RuleContext): readonly Statement[] {
  return neighbours(statement, context).later;
}

/** The statements that came before in the same file, or in the same DO block. */
export function earlierStatements(statement: Statement, context: RuleContext): readonly Statement[] {
  return neighbours(statement, context).earlier;
}

/** The statements that follow in the same transaction: nobody sees the state between them and this one. */
export function laterInTransaction(statement: Statement, context: RuleContext): readonly Statement[] {
  if (!context.inTransaction) return [];
  const { later } = neighbours(statement, context);
  const end = later.findIndex(endsTransaction);
  return end < 0 ? later : later.slice(0, end);
}

const ENDS = new Set(['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK', 'TRANS_STMT_PREPARE']);

function endsTransaction({ node }: Statement): boolean {
  return 'TransactionStmt' in node && ENDS.has(node.TransactionStmt.kind ?? '');
}
