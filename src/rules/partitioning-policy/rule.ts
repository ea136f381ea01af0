import { newName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('CreateStmt' in node) || node.CreateStmt.partspec === undefined) return [];
  const table = newName(catalog, node.CreateStmt.relation);
  const columns = node.CreateStmt.partspec.partParams?.length ?? 1;
  const key = columns > 1 ? ` by a key of ${columns} columns` : '';
  return [
    {
      relation: table,
      message: `${code(table)} is partitioned${key}, so each of its keys must include the partition key, and most changes of it lock every partition.`,
      help: `Make ${code(table)} a plain table until its size or the removal of old rows asks for partitions, or record the decision as an exception.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'partitioning-policy',
  section: 'partitions',
  title: 'A partitioned table needs a decision',
  condition: 'A partitioned table is created.',
  effect: 'Keys, foreign keys and later changes follow other rules, for good.',
  workaround: 'Stay with a plain table, or allow it by an exception with an owner.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt'],
  check,
};
