import type { InsertStmt } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import { reaches } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Rows that are inserted in a fraction of a second. */
const MANY = 1000;

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return reaches(statement, catalog).flatMap(({ change, reach }) => {
    const count = change.kind === 'insert' ? rowsWritten(change.node) : 0;
    const isCopy = change.kind === 'insert' && reach === 'many';
    if (count <= MANY && !isCopy) return [];
    const rows = isCopy ? 'The rows of a whole query' : `${count} rows`;
    return [
      {
        relation: change.table,
        message: `${rows} go into ${code(change.table)} in one statement, whose transaction holds back vacuum and loads the replicas until it ends.`,
        help: `Load data with a job or with ${code('COPY')}, outside the migrations, in batches.`,
      },
    ];
  });
}

function rowsWritten({ selectStmt }: InsertStmt): number {
  return selectStmt && 'SelectStmt' in selectStmt ? (selectStmt.SelectStmt.valuesLists?.length ?? 0) : 0;
}

export const rule: Rule = {
  slug: 'insert-bulk',
  section: 'data',
  title: 'A migration loads many rows',
  condition: 'An `INSERT` writes more than 1,000 rows, or copies a query of a large table.',
  effect: 'One long transaction, and a migration that takes as long as the data is large.',
  workaround: 'Load data with a job, in batches.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
