import type { Statement } from '../../sql/statement.ts';
import { first, standsInFile } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

const isFirst = first<Statement>();

/** Once a transaction, at the first statement that could have run without the lock. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { transaction } = context.session;
  const [held] = transaction?.strong ?? [];
  if (!transaction || !held || !standsInFile(statement, context)) return [];
  if (statement.kind === 'TransactionStmt' || statement.kind === 'VariableSetStmt') return [];
  const [table, { mode, by }] = held;
  if (mode !== 'AccessExclusiveLock' || !isFirst(transaction, statement)) return [];
  return [
    {
      relation: table,
      message: `Nobody can read or write ${code(table)} since line ${by.place.line}, and this and all that follows makes it longer.`,
      help: `End the transaction after line ${by.place.line}, and put what follows into a migration of its own.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'statement-after-access-exclusive',
  section: 'transactions',
  title: 'More work while a table is closed to all',
  condition:
    'After a statement took an `AccessExclusiveLock` on an existing table, its transaction goes on with others.',
  effect: 'Nobody can read or write the table until the last of them is done.',
  workaround: 'Put that statement last, or into a transaction of its own.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
