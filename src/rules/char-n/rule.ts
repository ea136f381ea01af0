import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeComplaints } from '../type-opinion.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeComplaints(statement, context, ({ base, modifiers: [length] }) => {
    if (base !== 'character' || length === undefined) return undefined;
    return {
      effect: `is filled up to ${length} characters with blanks, which are stored, count for ${'`LIKE`'} and do not for ${'`=`'}`,
      instead: 'text',
      written: [/^(?:character|char|nchar|bpchar)\b(?:\s*\(\s*\d+\s*\))?/i, 'text'],
    };
  });
}

export const rule: Rule = {
  slug: 'char-n',
  section: 'design',
  title: 'char(n) is filled up with blanks',
  condition: 'A column is `char(n)`.',
  effect: 'Blanks are stored and carried along, but do not count in comparisons, and do in `LIKE`.',
  workaround: 'Use `text`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt', 'AlterTableStmt'],
  check,
};
