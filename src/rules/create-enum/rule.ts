import { newListedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('CreateEnumStmt' in node)) return [];
  const type = newListedName(catalog, node.CreateEnumStmt.typeName);
  return [
    {
      relation: undefined,
      part: type,
      message: `Values of ${code(type)} can be added and renamed later, but never removed or put in another order.`,
      help: 'Use a table of values with a foreign key, or a text column with a CHECK constraint.',
    },
  ];
}

export const rule: Rule = {
  slug: 'create-enum',
  section: 'types',
  title: 'Values of an enum cannot be removed',
  condition: 'An enum is made.',
  effect:
    'A value that is no longer wanted stays for good; the type must be replaced, which rewrites its tables.',
  workaround: 'A lookup table with a foreign key, or text with a CHECK.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateEnumStmt'],
  check,
};
