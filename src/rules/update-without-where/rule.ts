import type { Statement } from '../../sql/statement.ts';
import { inBatches } from '../batches.ts';
import { reaches } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return reaches(statement, catalog)
    .filter(({ change, reach, inUse }) => change.kind === 'update' && reach === 'all' && inUse)
    .map(({ change }) => ({
      relation: change.table,
      message: `Every row of ${code(change.table)} is written anew in one transaction: writes to them wait until it ends, and the table grows by its own size.`,
      help: inBatches(change, catalog),
    }));
}

export const rule: Rule = {
  slug: 'update-without-where',
  section: 'data',
  title: 'UPDATE without WHERE writes and locks every row',
  condition: 'An `UPDATE` of an existing table has no `WHERE`, or one that is always true.',
  effect:
    'Writes to the rows wait until the transaction ends; the table and its indexes grow by as much again.',
  workaround: 'Go through the table in batches, each committed by itself.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'RowExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
