import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterInTransaction } from '../neighbours.ts';
import { hasSubcommand } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  const asked = 'AlterPolicyStmt' in node ? node.AlterPolicyStmt : restrictive(node);
  if (asked === undefined) return [];
  const table = relationName(context.catalog, asked.table);
  if (!stoodBefore(context.catalog, table)) return [];
  // While it is being set up nobody is subject to it yet.
  const isSetUp = laterInTransaction(statement, context).some((later) =>
    hasSubcommand(later, context.catalog, table, 'AT_EnableRowSecurity'),
  );
  if (isSetUp) return [];
  const name = asked.policy_name ?? '';
  return [
    {
      relation: table,
      part: name,
      message: `Which rows of ${code(table)} running code sees and may change is another from here on, by ${code(name)}.`,
      help: `Test ${code(name)} as the roles that are subject to it, and let code that expects the new rows be deployed first.`,
    },
  ];
}

function restrictive(node: Statement['node']) {
  return 'CreatePolicyStmt' in node && node.CreatePolicyStmt.permissive !== true
    ? node.CreatePolicyStmt
    : undefined;
}

export const rule: Rule = {
  slug: 'policy-change',
  section: 'triggers',
  title: 'A changed policy changes what running code sees',
  condition: '`ALTER POLICY`, or `CREATE POLICY … AS RESTRICTIVE`, on an existing table.',
  effect: 'Rows appear or vanish for roles that are in the middle of their work.',
  workaround: 'Test it as the roles that are subject to it; add the new policy before the old one goes.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
