import { isNotEnforced } from '../../sql/constraints.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { named, newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return [
    ...newConstraints(statement, context.catalog)
      .filter(({ node, onNewTable }) => isNotEnforced(node) && !onNewTable)
      .map(({ table, node, constraint }) => ({
        relation: table,
        part: constraint.name,
        message: message(
          named(node, `The new ${constraint.kind === 'check' ? 'CHECK' : 'foreign key'}`),
          table,
        ),
        help: `Write ${code('NOT VALID')} in the place of ${code('NOT ENFORCED')}, so that new rows are checked, and validate it later.`,
      })),
    ...alterCommands(statement, context.catalog).flatMap(({ command: { subtype, def }, table }) => {
      if (subtype !== 'AT_AlterConstraint' || !def || !('ATAlterConstraint' in def)) return [];
      const { conname: name = '', alterEnforceability, is_enforced: enforced } = def.ATAlterConstraint;
      if (!alterEnforceability || enforced || context.catalog.relations.get(table)?.isNew) return [];
      const drop = `ALTER TABLE ${qualifiedText(table)} DROP CONSTRAINT ${identifierText(name)}`;
      return [
        {
          relation: table,
          part: name,
          message: message(code(name), table),
          help: `Leave it enforced, or say that it is gone with ${code(drop)}.`,
        },
      ];
    }),
  ];
}

function message(name: string, table: string): string {
  return `${name} is not enforced: ${code(table)} takes rows that break it without a word, and whoever reads the schema believes that there are none.`;
}

export const rule: Rule = {
  slug: 'not-enforced-constraint',
  section: 'constraints',
  title: 'A NOT ENFORCED constraint guards nothing',
  condition: 'A constraint of an existing table is made, or becomes, `NOT ENFORCED`.',
  effect: 'The table takes rows that break it, although the schema says that there are none.',
  workaround: 'Add it `NOT VALID` and validate it later.',
  severity: 'warning',
  over: ['alter-constraint'],
  since: 18,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
