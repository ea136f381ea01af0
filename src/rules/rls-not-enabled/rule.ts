import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { newTable } from '../new-tables.ts';
import { hasSubcommand } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const table = newTable(statement, context.catalog)?.name;
  if (table === undefined) return [];
  const isEnabled = laterStatements(statement, context).some((later) =>
    hasSubcommand(later, context.catalog, table, 'AT_EnableRowSecurity'),
  );
  if (isEnabled) return [];
  return [
    {
      relation: table,
      message: `Every role that is granted ${code(table)} sees all of its rows.`,
      help: `Write ${code(`ALTER TABLE ${qualifiedText(table)} ENABLE ROW LEVEL SECURITY`)} in the same migration, with its policies.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'rls-not-enabled',
  section: 'security',
  title: 'A new table without row security',
  condition: 'A table is made, and the file does not enable row security on it.',
  effect:
    'Every role that is granted the table sees all of its rows, through an API that shows the schema too.',
  workaround: 'Enable row security and make policies in the same migration.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt'],
  check,
};
