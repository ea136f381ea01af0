import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { concurrentForm, createdIndex, insertConcurrently } from '../index-statements.ts';
import { aside } from '../outside-transaction.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, onExisting } from '../words.ts';

/** A partitioned table has a rule of its own: CONCURRENTLY does not help there. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, context.catalog);
  if (made === undefined || made.isConcurrent || made.onTable?.kind === 'partitioned table') return [];
  const built = onExisting(context.effects, context.catalog).some(({ builds }) => builds !== undefined);
  if (!built) return [];
  const index = bareName(made.index);
  const head = made.node.unique ? /^create\s+unique\s+index(?=\s)/i : /^create\s+index(?=\s)/i;
  return [
    {
      relation: made.table,
      part: index,
      message: `While the index ${code(index)} is built, nobody can write to ${code(made.table)}.`,
      help: `Build ${code(index)} with ${code(concurrentForm(statement, head) ?? 'CREATE INDEX CONCURRENTLY')}${aside(context)}.`,
      fix: context.inTransaction ? [] : insertConcurrently(statement, head),
    },
  ];
}

export const rule: Rule = {
  slug: 'create-index-blocking',
  section: 'indexes',
  title: 'CREATE INDEX without CONCURRENTLY blocks writes',
  condition: 'An index is built on an existing table without `CONCURRENTLY`.',
  effect: 'Writers wait until the whole index is built.',
  workaround: 'Build it with `CONCURRENTLY`, outside a transaction.',
  severity: 'error',
  since: 13,
  claim: { lock: 'ShareLock', rewrite: false, scan: false, builds: true },
  kinds: ['IndexStmt'],
  check,
};
