import type { Statement } from '../../sql/statement.ts';
import { inBatches } from '../batches.ts';
import { type DataChange, reaches } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return reaches(statement, catalog)
    .filter(({ reach, inUse }) => reach === 'many' && inUse)
    .map(({ change }) => ({
      relation: change.table,
      message: message(change),
      help: inBatches(change, catalog),
    }));
}

function message({ kind, table }: DataChange): string {
  if (kind === 'insert')
    return `Rows of a whole query are copied into ${code(table)} in one transaction, which holds back vacuum and loads the replicas until it ends.`;
  return `Every row of ${code(table)} that fits is locked until the transaction ends, so the application's writes to them wait for all of it.`;
}

export const rule: Rule = {
  slug: 'unbatched-backfill',
  section: 'data',
  title: 'A change of many rows in one transaction',
  condition:
    'An `UPDATE`, `DELETE`, `MERGE` or `INSERT … SELECT` on a large existing table finds its rows by no key.',
  effect: 'The rows stay locked until all of them are done; writes to them wait.',
  workaround: 'Go through the table in batches, each committed by itself.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'RowExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
