import { embeddedStatements } from '../sql/plpgsql.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';

/** Statements that ran before this one in its transaction; for one inside a DO block also those of the block. */
export function earlierInTransaction(
  statement: Statement,
  { session, file }: RuleContext,
): readonly Statement[] {
  const whole = file.statements[file.index];
  const before = (session.transaction?.earlier ?? []).map((judged) => judged.statement);
  if (whole === undefined || whole === statement) return before;
  const inside = embeddedStatements(whole).statements;
  const position = inside.findIndex(({ sql }) => sql === statement.sql);
  return [...before, ...inside.slice(0, Math.max(position, 0))];
}
