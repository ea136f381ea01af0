import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeComplaints } from '../type-opinion.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeComplaints(statement, context, ({ base, modifiers: [digits] }) => {
    if (base === 'time with time zone')
      return {
        effect: 'has an offset without a day, and so cannot know of summer time',
        instead: 'timestamptz',
      };
    if (!base.startsWith('timestamp') || digits === undefined || digits >= 6) return undefined;
    return {
      effect: `is rounded to ${digits} digits, half of the time to a moment that has not come yet`,
      instead: base === 'timestamp with time zone' ? 'timestamptz' : 'timestamp',
      written: [/^(timestamp(?:tz)?)\s*\(\s*\d+\s*\)/i, '$1'],
    };
  });
}

export const rule: Rule = {
  slug: 'timestamp-precision',
  section: 'design',
  title: 'A time that is rounded, or that lacks its day',
  condition:
    'A column is `timestamptz(n)` or `timestamp(n)` with fewer than six digits, or a time with time zone.',
  effect: 'Fractions are rounded up into the future; an offset without a day is not one moment.',
  workaround: 'Leave the digits out; use `timestamptz` or `time`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt', 'AlterTableStmt'],
  check,
};
