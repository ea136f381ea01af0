import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeComplaints } from '../type-opinion.ts';

/** No fix: whether the limit is one of the subject or only a habit, nobody can see. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeComplaints(statement, context, ({ base, modifiers: [length], array }, { name }) => {
    if (base !== 'character varying' || length === undefined) return undefined;
    return {
      effect: `has its limit of ${length} characters in its type, where views keep it from being changed and a smaller one rewrites the table`,
      instead: array ? 'text' : `text CHECK (char_length(${identifierText(name)}) <= ${length})`,
    };
  });
}

export const rule: Rule = {
  slug: 'varchar-n',
  section: 'design',
  title: 'varchar(n) instead of text',
  condition: 'A column is `varchar(n)`.',
  effect:
    'The limit is part of the type: to make it smaller rewrites the table, and views on the column keep it from being changed.',
  workaround: 'Use `text`, with a `CHECK` where a limit is wanted.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt', 'AlterTableStmt'],
  check,
};
