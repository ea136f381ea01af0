import { ownTransactionLock } from '../own-transaction.ts';
import type { Rule } from '../rule.ts';
import { code } from '../words.ts';

export const rule: Rule = {
  slug: 'missing-idle-timeout',
  section: 'transactions',
  title: 'A transaction that may be left open with its locks',
  condition:
    'A transaction that the file begins locks an existing table, and no `idle_in_transaction_session_timeout` is set.',
  effect: 'If the client hangs between two statements, the table stays locked until somebody notices.',
  workaround: 'Set `idle_in_transaction_session_timeout`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check: ownTransactionLock(['idle_in_transaction_session_timeout', 'transaction_timeout'], (relation) => ({
    relation,
    message: `If the client hangs before it commits, ${code(relation)} stays locked until somebody ends its session.`,
    help: `Write ${code("SET LOCAL idle_in_transaction_session_timeout = '30s'")} after BEGIN.`,
  })),
};
