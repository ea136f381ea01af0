import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return alterCommands(statement, catalog).flatMap(({ command, table }) => {
    if (command.subtype !== 'AT_DropConstraint' || catalog.relations.get(table)?.isNew) return [];
    const name = command.name ?? '';
    return [
      {
        relation: table,
        part: name,
        message: `Without ${code(name)}, ${code(table)} takes rows that it kept out until now, and it cannot come back before they are mended.`,
        help: `Make sure that no code relies on ${code(name)}, such as ${code('ON CONFLICT')} or a query that expects no such rows.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'drop-constraint',
  section: 'constraints',
  title: 'A dropped constraint no longer guards the rows',
  condition: 'A constraint of an existing table is dropped.',
  effect: 'The table takes rows that it kept out until now.',
  workaround: 'Make sure that nothing relies on it.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
