import type { Statement } from '../sql/statement.ts';
import { first } from './remember.ts';
import type { Complaint, Rule } from './rule.ts';
import { isLimited, stronglyLocked } from './strong-locks.ts';

/**
 * A check that speaks once in each transaction that a file itself begins: when it locks an existing table strongly, and
 * none of the timeouts is in force.
 */
export function ownTransactionLock(
  timeouts: readonly string[],
  complaint: (relation: string) => Complaint,
): Rule['check'] {
  const isFirst = first<Statement>();
  return (statement, context) => {
    const { transaction } = context.session;
    if (transaction?.opened !== 'statement' || isLimited(context, ...timeouts)) return [];
    const [locked] = stronglyLocked(context);
    if (locked === undefined || !isFirst(transaction, statement)) return [];
    return [complaint(locked.relation)];
  };
}
