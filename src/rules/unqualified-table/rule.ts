import { qualifiedText } from '../../sql/identifier.ts';
import { schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { newTable } from '../new-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { replaceAt } from '../text-edits.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const made = newTable(statement, catalog);
  const range = made?.node.relation;
  if (made === undefined || range?.schemaname !== undefined) return [];
  return [
    {
      relation: made.name,
      message: `${code(range?.relname ?? '')} comes to stand where the search path begins of whoever runs the migration, which may be another schema elsewhere.`,
      help: `Write ${code(qualifiedText(made.name))}.`,
      fix: replaceAt(
        statement,
        range?.location,
        /^(?=\S)/,
        `${qualifiedText(`${schemaOf(made.name)}.x`).slice(0, -1)}`,
      ),
    },
  ];
}

export const rule: Rule = {
  slug: 'unqualified-table',
  section: 'design',
  title: 'A new table whose schema depends on the session',
  condition: 'A table is made under a name without a schema.',
  effect: 'It comes to stand wherever the search path of the role begins that runs the migration.',
  workaround: 'Write the schema.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt'],
  check,
};
