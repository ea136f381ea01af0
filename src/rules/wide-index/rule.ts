import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdIndex, indexElements } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

const MOST_COLUMNS = 3;

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, catalog);
  const columns = made === undefined || made.node.unique ? [] : indexElements(made.node);
  if (made === undefined || columns.length <= MOST_COLUMNS) return [];
  const index = bareName(made.index);
  return [
    {
      relation: made.table,
      part: index,
      message: `The index ${code(index)} has ${columns.length} key columns, and the last ones seldom narrow a search down further while every write pays for them.`,
      help: `Keep the ${MOST_COLUMNS} columns that queries filter or sort by, and put those that are only read into ${code('INCLUDE')}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'wide-index',
  section: 'indexes',
  title: 'An index has many key columns',
  condition: `An index that is not unique has more than ${MOST_COLUMNS} key columns.`,
  effect: 'It is large and slow to write, and its last columns seldom help.',
  workaround: 'Keep the columns that queries filter by; the rest belongs into `INCLUDE`, or nowhere.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['IndexStmt'],
  check,
};
