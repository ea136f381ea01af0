import type { Statement } from '../../sql/statement.ts';
import { refusesTransaction } from '../../sql/transactions.ts';
import { first, standsInFile, tally } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';

/** Where a file first has a statement that changes something and could be in a transaction. */
const firstChange = tally<Statement, { found: Statement | undefined; index: number }>(
  () => ({ found: undefined, index: Number.POSITIVE_INFINITY }),
  (change, statement, index) => {
    if (change.found || isHarmless(statement) || refusesTransaction(statement)) return;
    Object.assign(change, { found: statement, index });
  },
);

/** Statements that a second run may repeat, or that leave nothing behind. */
const HARMLESS = new Set([
  'VariableSetStmt',
  'VariableShowStmt',
  'TransactionStmt',
  'CommentStmt',
  'SelectStmt',
  'CheckPointStmt',
  'DiscardStmt',
  'NotifyStmt',
]);

function isHarmless({ kind, node }: Statement): boolean {
  return HARMLESS.has(kind) || ('VacuumStmt' in node && !node.VacuumStmt.is_vacuumcmd);
}

const isFirst = first<Statement>();

/** Once a file: at the statement that, when it fails, leaves what came before committed. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { file, inTransaction } = context;
  if (inTransaction || !standsInFile(statement, context) || !refusesTransaction(statement, context))
    return [];
  const { found, index } = firstChange(file.statements);
  if (found === undefined || index > file.index || !isFirst(file.statements, statement)) return [];
  return [
    {
      relation: undefined,
      message: `If this fails, line ${found.place.line} and what follows it are committed already, and the file cannot simply be run again.`,
      help: 'Put this statement into a file of its own, and the others into one that runs in a transaction.',
    },
  ];
}

export const rule: Rule = {
  slug: 'mixed-transactional',
  section: 'transactions',
  title: 'A statement that refuses a transaction stands with others',
  condition:
    'In a file that is sent without a transaction, a statement such as `CREATE INDEX CONCURRENTLY` comes after others.',
  effect: 'When it fails, the others are committed: the migration is half applied.',
  workaround: 'A file of its own for each such statement.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  check,
};
