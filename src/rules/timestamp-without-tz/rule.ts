import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeComplaints } from '../type-opinion.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeComplaints(statement, context, ({ base, modifiers: [digits] }) => {
    if (base !== 'timestamp without time zone') return undefined;
    return {
      effect:
        'holds a time of day on a calendar and no moment: whoever reads it must know the time zone that it was meant in',
      instead: digits === undefined ? 'timestamptz' : `timestamptz(${digits})`,
      written: [/^timestamp(\s*\(\s*\d+\s*\))?(?:\s+without\s+time\s+zone)?(?!\w)/i, 'timestamptz$1'],
    };
  });
}

export const rule: Rule = {
  slug: 'timestamp-without-tz',
  section: 'design',
  title: 'A timestamp that does not say which moment it is',
  condition: 'A column is `timestamp` without time zone.',
  effect: 'The same value means another moment for each session’s time zone, and an hour comes twice a year.',
  workaround: 'Use `timestamptz`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt', 'AlterTableStmt'],
  check,
};
