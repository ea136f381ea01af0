import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { laterInTransaction } from '../neighbours.ts';
import { subcommandsOn } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

const DISABLES: Readonly<Record<string, string>> = {
  AT_DisableTrig: 'AT_EnableTrig',
  AT_DisableTrigUser: 'AT_EnableTrigUser',
  AT_DisableTrigAll: 'AT_EnableTrigAll',
};

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table }) => {
    const enables = DISABLES[command.subtype ?? ''];
    if (enables === undefined || !stoodBefore(context.catalog, table)) return [];
    const isRestored = laterInTransaction(statement, context).some((later) =>
      subcommandsOn(later, context.catalog, table).some(
        (then) => then.subtype === enables && then.name === command.name,
      ),
    );
    return [complaint(table, command.name, enables === 'AT_EnableTrigAll', isRestored)];
  });
}

function complaint(table: string, name: string | undefined, isAll: boolean, isRestored: boolean): Complaint {
  const what = name === undefined ? 'the triggers' : code(name);
  const keys = isAll ? ', foreign keys included,' : '';
  const verb = name === undefined ? 'are' : 'is';
  return {
    relation: table,
    part: name,
    message: isRestored
      ? `Until the transaction ends nobody else can write to ${code(table)}, and the changes of this one pass by ${what}${keys === '' ? '' : ', foreign keys included'}.`
      : `Every write to ${code(table)} passes by ${what}${keys} until ${name === undefined ? 'they' : 'it'} ${verb} enabled again, and what was missed is not made up for.`,
    help: `Switch triggers off for the one session that must do without, ${code('SET LOCAL session_replication_role = replica')}, and leave ${code(qualifiedText(table))} as it is.`,
  };
}

export const rule: Rule = {
  slug: 'disable-trigger',
  section: 'triggers',
  title: 'A disabled trigger is disabled for everybody',
  condition: '`DISABLE TRIGGER` on an existing table, by name, `USER` or `ALL`.',
  effect: 'Writers wait; then everybody’s writes pass by the trigger, and with `ALL` also by foreign keys.',
  workaround: 'Switch triggers off for one session with `session_replication_role`.',
  severity: 'warning',
  beneath: ['ddl-and-dml-same-transaction'],
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
