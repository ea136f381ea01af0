import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { isHeldAlready } from '../held-locks.ts';
import { isDroppedLater } from '../later.ts';
import { givesUpWaiting } from '../lock-timeout.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (givesUpWaiting(context)) return [];
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone }) => {
    const constraint = context.catalog.relations
      .get(table)
      ?.constraints.find(({ name }) => name === command.name);
    const parent = constraint?.references;
    if (command.subtype !== 'AT_DropConstraint' || parent === undefined || parent === table) return [];
    const locked = onExisting(effects(alone, context.catalog, context.version), context.catalog)
      .filter(({ relation, kind }) => relation === parent && kind !== 'index')
      .map(({ relation }) => relation);
    if (isHeldAlready(context, parent, 'AccessExclusiveLock')) return [];
    if (locked.length === 0 || isDroppedLater(parent, context)) return [];
    return [
      {
        relation: table,
        part: constraint?.name,
        message: `Dropping ${code(command.name ?? '')} takes the strongest lock on ${listed(locked)} too: nobody can read or write it until the transaction ends, and everybody queues while it waits.`,
        help: `Run ${code("SET lock_timeout = '2s'")} before it so that it gives up instead of queueing, and try again when it does.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'drop-fk',
  section: 'constraints',
  title: 'Dropping a foreign key locks the referenced table too',
  condition: 'A foreign key to another existing table is dropped while no `lock_timeout` is set.',
  effect:
    'Readers and writers of the referenced table, which the statement does not name, wait until the transaction ends.',
  workaround: 'Set a `lock_timeout`, keep the transaction short, and try again when it gives up.',
  severity: 'notice',
  over: ['drop-constraint'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
