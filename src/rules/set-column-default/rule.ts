import type { Statement } from '../../sql/statement.ts';
import { columnParts, isAddedHere } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const parts = columnParts(statement, context, 'AT_ColumnDefault');
  const settled = parts.filter(({ table, column }) => !isAddedHere(context, table, column));
  return settled.map(({ table, column, command }) => {
    const change = command.def === undefined ? 'has no default any more' : 'has another default';
    return {
      relation: table,
      part: column,
      message: `${code(column)} of ${code(table)} ${change}: old rows keep what they have, and code that writes all columns keeps writing the old default.`,
      help: `Deploy code that leaves ${code(column)} out of its inserts, or writes the new value itself, and mend old rows in batches if they should follow.`,
    };
  });
}

export const rule: Rule = {
  slug: 'set-column-default',
  section: 'columns',
  title: 'A new default changes neither old rows nor code that writes every column',
  condition: '`SET DEFAULT` or `DROP DEFAULT` on a column of an existing table.',
  effect: 'Old rows keep their values, and a running ORM that knows the old default goes on writing it.',
  workaround: 'Deploy code that leaves the column out or writes the new value.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
