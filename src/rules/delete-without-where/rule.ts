import type { Statement } from '../../sql/statement.ts';
import { inBatches } from '../batches.ts';
import { reaches } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return reaches(statement, catalog)
    .filter(({ change, reach, inUse }) => change.kind === 'delete' && reach === 'all' && inUse)
    .map(({ change }) => ({
      relation: change.table,
      message: `All rows of ${code(change.table)} are lost, and writes to them wait until the transaction ends.`,
      help: `Say with a WHERE which rows are meant. If all of them are: ${lowered(inBatches(change, catalog))}`,
    }));
}

function lowered(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

export const rule: Rule = {
  slug: 'delete-without-where',
  section: 'data',
  title: 'DELETE without WHERE empties the table',
  condition: 'A `DELETE` from an existing table has no `WHERE`, or one that is always true.',
  effect: 'All rows are lost, and until the transaction ends writes to them wait.',
  workaround: 'Say which rows are meant; if all, delete them in batches.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'RowExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
