import type { TransactionStmt } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import type { OpenTransaction } from '../context.ts';
import { directive } from '../outside-transaction.ts';
import { memory, standsInFile } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Whether a BEGIN of the file in the tool's transaction was told: its COMMIT is then, too. */
const told = memory(() => ({ begin: false }));

const BEGINS = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START']);
const ENDS: Readonly<Record<string, string>> = {
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
};

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('TransactionStmt' in node) || !standsInFile(statement, context)) return [];
  const found = misplaced(node.TransactionStmt, context);
  return found === undefined ? [] : [{ relation: undefined, ...found }];
}

type Words = Pick<Complaint, 'message' | 'help'>;

function misplaced({ kind }: TransactionStmt, { session, file }: RuleContext): Words | undefined {
  const open = session.transaction;
  const off = directive(file);
  if (BEGINS.has(kind ?? '')) return nested(open, off);
  const word = ENDS[kind ?? ''];
  if (word === undefined) return undefined;
  // In one message of several statements it commits what came before, and warns that no BEGIN did it.
  if (open === undefined || open.opened === 'implicit') return unmatched(word);
  return open.opened === 'tool' && !told(open).begin ? early(word, off) : undefined;
}

function nested(open: OpenTransaction | undefined, off: string): Words | undefined {
  if (open === undefined || open.opened === 'implicit') return undefined;
  told(open).begin = true;
  if (open.opened === 'statement')
    return {
      message: 'A transaction is open already: this BEGIN does nothing, and the next COMMIT ends all of it.',
      help: `Leave it out, or write ${code('SAVEPOINT')} for a part that can be taken back.`,
    };
  return {
    message:
      "The tool runs the file in a transaction: this BEGIN does nothing, and the file's COMMIT ends the tool's transaction before its work is done.",
    help: `Leave ${code('BEGIN')} and ${code('COMMIT')} out of the file, or tell the tool to run it without a transaction${off}.`,
  };
}

function unmatched(word: string): Words {
  return {
    message: `No BEGIN is open here, so this ${word} ends nothing that was meant: what came before is committed already, or with it.`,
    help: `Leave it out, or write ${code('BEGIN')} before the first statement.`,
  };
}

function early(word: string, off: string): Words {
  return {
    message: `This ${word} ends the tool's own transaction: what follows runs without one, and a failure leaves the migration half applied.`,
    help: `Leave it out, or tell the tool to run the file without a transaction${off}.`,
  };
}

export const rule: Rule = {
  slug: 'transaction-nesting',
  section: 'transactions',
  title: 'BEGIN or COMMIT in the wrong place',
  condition:
    '`BEGIN` where a transaction is open, `COMMIT` or `ROLLBACK` where none is, or one that ends the transaction of the tool.',
  effect:
    'The server only warns; the transaction ends before all is done, and a failure leaves the migration half applied.',
  workaround: 'Leave transactions to the tool, or switch its own off.',
  severity: 'warning',
  since: 13,
  claim: { warns: '25001' },
  kinds: ['TransactionStmt'],
  check,
};
