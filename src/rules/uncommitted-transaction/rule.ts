import type { TransactionStmt } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import { standsInFile, tally } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

const BEGINS = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START']);
const ENDS = new Set(['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK', 'TRANS_STMT_PREPARE']);

/** Where a file last ends a transaction for good. */
const lastEnd = tally<Statement, { index: number }>(
  () => ({ index: -1 }),
  (last, { node }, index) => {
    if ('TransactionStmt' in node && ends(node.TransactionStmt)) last.index = index;
  },
);

function ends({ kind, chain }: TransactionStmt): boolean {
  return ENDS.has(kind ?? '') && chain !== true;
}

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('TransactionStmt' in node) || !BEGINS.has(node.TransactionStmt.kind ?? '')) return [];
  if (!standsInFile(statement, context) || isOpen(context)) return [];
  if (lastEnd(context.file.statements).index > context.file.index) return [];
  return [
    {
      relation: undefined,
      message:
        'The transaction that this BEGIN opens is never committed: its locks last until the session ends, and then its work is lost.',
      help: `Add ${code('COMMIT')} at the end of the file.`,
    },
  ];
}

/** The server's own transaction around a message becomes this one. */
function isOpen({ session: { transaction } }: RuleContext): boolean {
  return transaction !== undefined && transaction.opened !== 'implicit';
}

export const rule: Rule = {
  slug: 'uncommitted-transaction',
  section: 'transactions',
  title: 'A transaction is begun and never committed',
  condition: 'A file opens a transaction with `BEGIN` and does not end it.',
  effect: 'Its locks last until the session ends, and then all of it is rolled back.',
  workaround: '`COMMIT` at the end.',
  severity: 'error',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['TransactionStmt'],
  check,
};
