import { familyOf } from '../../sql/effects/touch.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { droppedIndexes, isDropConcurrent, isPartitioned, meant } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isInForce } from '../timeouts.ts';
import { code } from '../words.ts';

/** There is no gentler form, so a lock_timeout is all that can be asked for. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (isDropConcurrent(statement) || isInForce(context.session, 'lock_timeout')) return [];
  return droppedIndexes(statement, context.catalog)
    .filter(({ table }) => table?.isNew === false && isPartitioned(context.catalog, table.name))
    .map((one) => ({
      relation: meant(one),
      part: bareName(one.name),
      message: `To drop the index ${code(bareName(one.name))}, nobody can read or write ${code(meant(one))} or ${partitions(meant(one), context)}, and the server waits for every query on any of them first.`,
      help: `Put ${code("SET lock_timeout = '2s'")} before it and run it again when it fails: ${code('CONCURRENTLY')} is refused for an index of a partitioned table.`,
    }));
}

function partitions(table: string, context: RuleContext): string {
  const count = familyOf(context, table).length - 1;
  return count === 1 ? 'its partition' : `its ${count} partitions`;
}

export const rule: Rule = {
  slug: 'drop-index-partitioned',
  section: 'indexes',
  title: 'DROP INDEX on a partitioned table stops all work on every partition',
  condition: 'An index of an existing partitioned table is dropped without a `lock_timeout`.',
  effect: 'Readers and writers of the table and of all partitions wait behind it.',
  workaround: 'Set a short `lock_timeout` and try again; `CONCURRENTLY` is refused here.',
  severity: 'warning',
  over: ['drop-index-blocking'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
