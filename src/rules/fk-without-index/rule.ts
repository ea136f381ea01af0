import type { Statement } from '../../sql/statement.ts';
import { indexFor, keysWithoutIndex } from '../foreign-key-index.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const isPlain = (table: string): boolean =>
    context.catalog.relations.get(table)?.kind !== 'partitioned table';
  return keysWithoutIndex(statement, context).map((key) => ({
    relation: key.table,
    part: key.constraint.name,
    message: `Each row of ${code(key.constraint.references ?? '')} that is deleted, or gets another key, makes the server read all of ${code(key.table)}, since no index leads to ${key.constraint.columns.map(code).join(', ')}.`,
    help: key.onNewTable
      ? `Add ${code(indexFor(key, false))}.`
      : `Run ${code(indexFor(key, isPlain(key.table)))} in a migration of its own before this one, outside a transaction.`,
  }));
}

export const rule: Rule = {
  slug: 'fk-without-index',
  section: 'constraints',
  title: 'A foreign key without an index on its columns',
  condition: 'A foreign key is made, and no index begins with its columns, in this file or before.',
  effect: 'Each delete and each change of a key in the referenced table reads the whole table.',
  workaround: 'Build an index on the columns.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
