import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { attachments, createdPartition } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const created = createdPartition(statement, catalog);
  return [...(created ? [created] : []), ...attachments(statement, catalog)]
    .filter(({ bound }) => bound?.is_default)
    .map(({ parent, partition }) => ({
      relation: parent,
      part: bareName(partition),
      message: `Rows that fit no other partition gather in ${code(partition)}, which every new partition of ${code(parent)} then locks and searches, and which rules out ${code('DETACH … CONCURRENTLY')}.`,
      help: `Leave it out and make the partitions ahead of time, or watch that ${code(partition)} stays empty.`,
    }));
}

export const rule: Rule = {
  slug: 'default-partition-created',
  section: 'partitions',
  title: 'A default partition makes later partitions costly',
  condition: 'A `DEFAULT` partition is created or attached.',
  effect: 'Each new partition searches it, and no partition can be detached concurrently.',
  workaround: 'Make partitions ahead of time instead.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
