import { resolve, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isNewType } from '../types-in-use.ts';
import { code } from '../words.ts';

function check({ node }: Statement, context: RuleContext): readonly Complaint[] {
  if (!('AlterEnumStmt' in node)) return [];
  const { oldVal, newVal = '', newValNeighbor, typeName } = node.AlterEnumStmt;
  const type = resolve(context.catalog, strings(typeName));
  if (oldVal !== undefined || newValNeighbor !== undefined || isNewType(type, context)) return [];
  return [
    {
      relation: undefined,
      part: `${type} ${newVal}`,
      message: `${code(newVal)} becomes the last value of ${code(type)}, so comparisons and ORDER BY put it after all others.`,
      help: `Say where ${code(newVal)} belongs with ${code('BEFORE')} or ${code('AFTER')} and its neighbour.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'enum-add-value-unordered',
  section: 'types',
  title: 'A new enum value without BEFORE or AFTER sorts last',
  condition: 'A value is added to an existing enum without a place among the others.',
  effect: 'It sorts after all others, wherever it belongs, and cannot be moved later.',
  workaround: 'Write `BEFORE` or `AFTER`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['AlterEnumStmt'],
  check,
};
