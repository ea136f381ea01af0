import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { inGoodOrder, padding } from '../alignment.ts';
import { newColumns } from '../new-columns.ts';
import { newTable } from '../new-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** A word of memory. Less is lost at the end of the row anyway. */
const WORTH_BYTES = 8;

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const table = newTable(statement, catalog)?.name;
  const columns = table === undefined ? [] : newColumns(statement, catalog);
  const better = inGoodOrder(columns);
  const saved = padding(columns) - padding(better);
  if (saved < WORTH_BYTES) return [];
  const order = better.map(({ name }) => identifierText(name)).join(', ');
  return [
    {
      relation: table,
      message: `Each row of ${code(table ?? '')} has ${padding(columns)} bytes of padding between its columns, ${saved} of them for their order alone.`,
      help: `Write the columns in the order ${code(order)}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'column-alignment',
  section: 'design',
  title: 'An order of columns that wastes room in each row',
  condition: 'A new table’s columns stand in an order that costs eight bytes or more of padding in each row.',
  effect: 'The table and all that reads it is larger than it needs to be, for good.',
  workaround: 'Put wide columns of fixed length first.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt'],
  check,
};
