import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdIndex } from '../index-statements.ts';
import { indexByParts } from '../partitioned-index-advice.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, context.catalog);
  if (made === undefined || made.isConcurrent || made.onTable?.kind !== 'partitioned table') return [];
  const built = onExisting(context.effects, context.catalog).filter(({ builds }) => builds !== undefined);
  if (built.length === 0) return [];
  const index = bareName(made.index);
  return [
    {
      relation: made.table,
      part: index,
      message: `While the index ${code(index)} is built on ${listed(built.map(({ relation }) => relation))}, one after the other, nobody can write to ${code(made.table)} or any of its partitions.`,
      help: indexByParts(statement, made, context.catalog),
    },
  ];
}

export const rule: Rule = {
  slug: 'create-index-partitioned-parent',
  section: 'indexes',
  title: 'CREATE INDEX on a partitioned table blocks writes on every partition',
  condition: 'An index is built on a partitioned table with its existing partitions.',
  effect: 'Writers of the whole table wait until the last partition is done.',
  workaround:
    'Build one `CONCURRENTLY` on each partition, create the whole `ON ONLY` the parent, attach those.',
  severity: 'error',
  over: ['create-index-blocking'],
  since: 13,
  claim: { lock: 'ShareLock', rewrite: false, scan: false, builds: true },
  kinds: ['IndexStmt'],
  check,
};
