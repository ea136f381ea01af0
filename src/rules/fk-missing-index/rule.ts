import type { Statement } from '../../sql/statement.ts';
import { indexFor, keysWithoutIndex } from '../foreign-key-index.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Below this many rows a table is read as fast as an index is. */
const MANY_ROWS = 10_000;

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { relations } = context.catalog;
  return keysWithoutIndex(statement, context)
    .filter(({ table, onNewTable }) => !onNewTable && (relations.get(table)?.rows ?? 0) >= MANY_ROWS)
    .map((key) => ({
      relation: key.table,
      part: key.constraint.name,
      message: `Each row of ${code(key.constraint.references ?? '')} that is deleted, or gets another key, makes the server read all of ${code(key.table)}, since no index leads to ${key.constraint.columns.map(code).join(', ')}.`,
      help: `Run ${code(indexFor(key, relations.get(key.table)?.kind !== 'partitioned table'))} in a migration of its own before this one, outside a transaction.`,
    }));
}

export const rule: Rule = {
  slug: 'fk-missing-index',
  section: 'constraints',
  title: 'A foreign key of a large table without an index makes deletes in the referenced table slow',
  condition:
    'A foreign key is added to a table that is known to hold 10,000 rows or more, and no index begins with its columns.',
  effect: 'Each delete and each change of a key in the referenced table reads the whole table.',
  workaround: 'Build an index on the columns with `CONCURRENTLY` first.',
  severity: 'warning',
  over: ['fk-without-index'],
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
