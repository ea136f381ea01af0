import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { hasSubcommand, policyMade } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  const made = policyMade(statement, catalog);
  const relation = made && catalog.relations.get(made.table);
  if (made === undefined || relation === undefined || relation.rowSecurity) return [];
  const isEnabledLater = laterStatements(statement, context).some((later) =>
    hasSubcommand(later, catalog, made.table, 'AT_EnableRowSecurity'),
  );
  if (isEnabledLater) return [];
  return [
    {
      relation: made.table,
      part: made.name,
      message: `${code(made.name)} has no effect: row security of ${code(made.table)} is off, so every role that may read it sees all rows.`,
      help: `Write ${code(`ALTER TABLE ${qualifiedText(made.table)} ENABLE ROW LEVEL SECURITY`)} behind the policies.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'policy-without-rls',
  section: 'security',
  title: 'A policy without row security protects nothing',
  condition: 'A policy is made on a table whose row security is off, and the file does not switch it on.',
  effect: 'Every role that may read the table goes on seeing all rows, against what the policy says.',
  workaround: 'Add `ENABLE ROW LEVEL SECURITY` to the same migration.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreatePolicyStmt'],
  check,
};
