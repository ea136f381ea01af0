import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { dataChanges } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isInUse } from '../table-size.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return dataChanges(statement, catalog).flatMap((change) => {
    if (change.kind !== 'insert' || change.node.cols || !change.node.selectStmt) return [];
    if (!isInUse(catalog, change.table)) return [];
    const columns =
      catalog.relations.get(change.table)?.columns.map(({ name }) => identifierText(name)) ?? [];
    const list = columns.length > 0 ? ` ${code(`(${columns.join(', ')})`)}` : '';
    return [
      {
        relation: change.table,
        message: `The values go to the columns of ${code(change.table)} in the order in which they stand there, which is another one as soon as a database has had other changes.`,
        help: `Name the columns that get values${list}.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'insert-without-columns',
  section: 'data',
  title: 'INSERT without a list of columns',
  condition: 'An `INSERT` into an existing table does not say which columns get the values.',
  effect: 'It fails, or fills the wrong columns, where the table has others or another order.',
  workaround: 'List the columns.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
