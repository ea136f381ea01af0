import { qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import {
  type DroppedIndex,
  droppedIndexes,
  insertConcurrently,
  isDropConcurrent,
  isPartitioned,
  meant,
} from '../index-statements.ts';
import { aside } from '../outside-transaction.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code } from '../words.ts';

/** The index of a partitioned table has a rule of its own: CONCURRENTLY is refused there. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (isDropConcurrent(statement)) return [];
  const dropped = droppedIndexes(statement, context.catalog);
  return dropped
    .filter(({ table }) => table?.isNew !== true && !isPartitioned(context.catalog, table?.name))
    .map((one) => ({
      relation: meant(one),
      part: bareName(one.name),
      message: message(one),
      help: help(one, context),
      fix: fix(statement, context.inTransaction),
    }));
}

function message(dropped: DroppedIndex): string {
  const table = dropped.table === undefined ? 'its table' : code(dropped.table.name);
  return `To drop the index ${code(bareName(dropped.name))}, the server waits for every query on ${table}, and until the transaction is over nobody else can read or write it.`;
}

function help({ name }: DroppedIndex, context: RuleContext): string {
  return `Write ${code(`DROP INDEX CONCURRENTLY ${qualifiedText(name)}`)}${aside(context)}.`;
}

/** CONCURRENTLY takes one index and no CASCADE (documentation, DROP INDEX). */
function fix(statement: Statement, inTransaction: boolean): readonly TextEdit[] {
  if (inTransaction || !('DropStmt' in statement.node)) return [];
  const { objects = [], behavior } = statement.node.DropStmt;
  if (objects.length !== 1 || behavior === 'DROP_CASCADE') return [];
  return insertConcurrently(statement, /^drop\s+index(?=\s)/i);
}

export const rule: Rule = {
  slug: 'drop-index-blocking',
  section: 'indexes',
  title: 'DROP INDEX without CONCURRENTLY stops all work on the table',
  condition: 'An index of an existing table is dropped without `CONCURRENTLY`.',
  effect: 'Readers and writers of the table wait behind it, until the transaction is over.',
  workaround: 'Drop it with `CONCURRENTLY`, outside a transaction.',
  severity: 'warning',
  beneath: ['create-index-blocking'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
