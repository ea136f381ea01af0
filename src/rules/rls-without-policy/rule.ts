import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { laterStatements } from '../neighbours.ts';
import { policyMade } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Tables that stood before are the business of toggle-rls. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  return alterCommands(statement, catalog).flatMap(({ command, table }) => {
    const relation = catalog.relations.get(table);
    if (command.subtype !== 'AT_EnableRowSecurity' || !relation?.isNew) return [];
    const later = laterStatements(statement, context);
    const hasPolicy =
      (relation.policies ?? []).length > 0 || later.some((one) => policyMade(one, catalog)?.table === table);
    return hasPolicy ? [] : [complaint(table)];
  });
}

function complaint(table: string): Complaint {
  const name = identifierText(`${bareName(table)}_owner`);
  return {
    relation: table,
    message: `Without a policy ${code(table)} is empty for everybody but its owner, and every ${code('INSERT')} of theirs is refused.`,
    help: `Add the policies to this migration; ${code(`CREATE POLICY ${name} ON ${qualifiedText(table)} TO CURRENT_USER USING (true)`)} says outright that only the owner works on it.`,
  };
}

export const rule: Rule = {
  slug: 'rls-without-policy',
  section: 'security',
  title: 'Row security without a policy shows nothing',
  condition: 'Row security is enabled on a table of the same change, and the file makes no policy for it.',
  effect: 'The table is empty for everybody but its owner, and every insert of theirs is refused.',
  workaround: 'Make the policies in the same migration.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['AlterTableStmt'],
  check,
};
