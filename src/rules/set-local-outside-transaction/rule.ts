import type { VariableSetStmt } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { inTransaction }: RuleContext): readonly Complaint[] {
  if (inTransaction || !('VariableSetStmt' in node)) return [];
  const what = effectless(node.VariableSetStmt);
  if (what === undefined) return [];
  return [
    {
      relation: undefined,
      part: node.VariableSetStmt.name ?? '',
      message: `No transaction is open, so ${code(what)} has no effect, and what follows runs without it.`,
      help: `Write ${what.startsWith('SET LOCAL') ? `${code(what.replace('LOCAL ', ''))}, or ` : ''}${code('BEGIN')} before it and ${code('COMMIT')} at the end.`,
    },
  ];
}

/** What the server warns of (WarnNoTransactionBlock in guc_funcs.c). */
function effectless({ kind, name = '', is_local: isLocal }: VariableSetStmt): string | undefined {
  if (kind === 'VAR_SET_MULTI') return name === 'TRANSACTION' ? 'SET TRANSACTION' : undefined;
  return isLocal === true ? `SET LOCAL ${name}` : undefined;
}

export const rule: Rule = {
  slug: 'set-local-outside-transaction',
  section: 'transactions',
  title: 'SET LOCAL outside a transaction does nothing',
  condition: '`SET LOCAL` or `SET TRANSACTION` where no transaction is open.',
  effect: 'The server warns and sets nothing, so a timeout that seems to be there is not.',
  workaround: '`SET` without `LOCAL`, or a transaction around it.',
  severity: 'warning',
  since: 13,
  claim: { warns: '25P01' },
  kinds: ['VariableSetStmt'],
  check,
};
