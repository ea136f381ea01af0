import { ownTransactionLock } from '../own-transaction.ts';
import type { Rule } from '../rule.ts';
import { code } from '../words.ts';

export const rule: Rule = {
  slug: 'missing-transaction-timeout',
  section: 'transactions',
  title: 'A transaction with locks and without a limit',
  condition:
    'A transaction that the file begins locks an existing table, and no `transaction_timeout` is set.',
  effect: 'Its locks last as long as all its statements together, and nothing bounds that.',
  workaround: 'Set `transaction_timeout`.',
  severity: 'notice',
  optIn: true,
  since: 17,
  claim: { harm: 'later' },
  check: ownTransactionLock(['transaction_timeout'], (relation) => ({
    relation,
    message: `${code(relation)} stays locked for as long as all later statements of the transaction take together, and nothing bounds that.`,
    help: `Write ${code("SET LOCAL transaction_timeout = '1min'")} after BEGIN.`,
  })),
};
