import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { givesUpWaiting } from '../lock-timeout.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (givesUpWaiting(context)) return [];
  return alterCommands(statement, context.catalog).flatMap(({ command: { subtype, def }, table }) => {
    if (subtype !== 'AT_AlterConstraint' || !def || !('ATAlterConstraint' in def)) return [];
    if (context.catalog.relations.get(table)?.isNew) return [];
    const name = def.ATAlterConstraint.conname ?? '';
    return [
      {
        relation: table,
        part: name,
        message: `Changing ${code(name)} takes the strongest lock on ${code(table)}, and everybody queues while it waits.`,
        help: `Run ${code("SET lock_timeout = '2s'")} before it so that it gives up instead of queueing, and try again when it does.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'alter-constraint',
  section: 'constraints',
  title: 'ALTER CONSTRAINT locks the whole table for a moment',
  condition: '`ALTER CONSTRAINT` on an existing table while no `lock_timeout` is set.',
  effect: 'Readers and writers queue behind it while it waits for its lock.',
  workaround: 'Set a `lock_timeout`, and try again when it gives up.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
