import type { Statement } from '../../sql/statement.ts';
import { droppedColumns } from '../dropped-columns.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return droppedColumns(statement, context).map(({ table, column }) => ({
    relation: table,
    part: column,
    message: `The data of ${code(column)} in ${code(table)} is lost, and running code that still names the column fails.`,
    help: `Deploy code that neither reads nor writes ${code(column)} first, then drop it.`,
  }));
}

export const rule: Rule = {
  slug: 'drop-column',
  section: 'columns',
  title: 'Dropping a column loses its data and breaks code that names it',
  condition: 'A column of an existing table is dropped.',
  effect: 'Its data is gone; the version that still runs fails on every statement that names it.',
  workaround: 'Stop using the column, deploy, then drop it.',
  severity: 'warning',
  beneath: ['drop-table', 'drop-table-locks-parents'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
