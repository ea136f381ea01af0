import type { DefElem, Node } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { newName, relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { isSetOff } from '../options.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const asked = switches(statement, context);
  if (asked === undefined || !asked.options.some(isSetOff)) return [];
  const { table } = asked;
  const isRestored = laterStatements(statement, context).some((later) => {
    const then = switches(later, context);
    return then?.table === table && then.options.some((option) => !isSetOff(option));
  });
  if (isRestored || table.startsWith('pg_temp.')) return [];
  return [
    {
      relation: table,
      message: `Nobody removes dead rows of ${code(table)} or refreshes its statistics any more, so it grows and its queries get slower.`,
      help: `Make autovacuum come more gently instead of never, such as ${code(`ALTER TABLE ${qualifiedText(table)} SET (autovacuum_vacuum_cost_delay = 10)`)}, or switch it on again at the end of the change.`,
    },
  ];
}

type Switch = { readonly table: string; readonly options: readonly DefElem[] };

/** The autovacuum switches that a statement sets or resets. */
function switches({ node }: Statement, { catalog }: RuleContext): Switch | undefined {
  if ('CreateStmt' in node)
    return {
      table: newName(catalog, node.CreateStmt.relation),
      options: ofAutovacuum(node.CreateStmt.options),
    };
  if (!('AlterTableStmt' in node)) return undefined;
  const { relation, cmds = [] } = node.AlterTableStmt;
  const lists = cmds.flatMap((element) => {
    const command = 'AlterTableCmd' in element ? element.AlterTableCmd : undefined;
    const isOptions = command?.subtype === 'AT_SetRelOptions' || command?.subtype === 'AT_ResetRelOptions';
    return isOptions && command.def && 'List' in command.def ? (command.def.List.items ?? []) : [];
  });
  return { table: relationName(catalog, relation), options: ofAutovacuum(lists) };
}

function ofAutovacuum(nodes: readonly Node[] | undefined): readonly DefElem[] {
  return (nodes ?? []).flatMap((node) =>
    'DefElem' in node && node.DefElem.defname === 'autovacuum_enabled' ? [node.DefElem] : [],
  );
}

export const rule: Rule = {
  slug: 'set-autovacuum-off',
  section: 'tables',
  title: 'Without autovacuum a table grows and its plans go stale',
  condition: '`autovacuum_enabled` is set to false for a table, and not set back later in the file.',
  effect:
    'Dead rows stay, statistics are never refreshed, and at last a vacuum against wraparound comes at the worst moment.',
  workaround: 'Tune autovacuum for the table, or switch it on again at the end.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'ShareUpdateExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
