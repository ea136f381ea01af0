import { qualifiedText } from '../../sql/identifier.ts';
import { literalText } from '../../sql/literal.ts';
import { resolve, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isNewType } from '../types-in-use.ts';
import { code } from '../words.ts';

function check({ node }: Statement, context: RuleContext): readonly Complaint[] {
  if (!('AlterEnumStmt' in node)) return [];
  const { oldVal, newVal = '', typeName } = node.AlterEnumStmt;
  const type = resolve(context.catalog, strings(typeName));
  if (oldVal === undefined || isNewType(type, context)) return [];
  const add = `ALTER TYPE ${qualifiedText(type)} ADD VALUE ${literalText(newVal)} AFTER ${literalText(oldVal)}`;
  return [
    {
      relation: undefined,
      part: `${type} ${oldVal}`,
      message: `Running code that still writes or compares ${code(oldVal)} of ${code(type)} fails from the commit on.`,
      help: `Add the new value with ${code(add)}, deploy code that knows both, and change the rows in batches.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'enum-rename-value',
  section: 'types',
  title: 'Renaming an enum value breaks code that names it',
  condition: 'A value of an existing enum is renamed.',
  effect: 'The version that still runs fails on every statement that names the old value.',
  workaround: 'Add the new value beside it, and move code and rows over.',
  severity: 'warning',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['AlterEnumStmt'],
  check,
};
