import { qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdIndex, droppedIndexes } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, context.catalog);
  if (!made?.isConcurrent || !made.node.if_not_exists || made.onTable?.isNew) return [];
  if (isDroppedBefore(made.index, context)) return [];
  const index = bareName(made.index);
  return [
    {
      relation: made.table,
      part: index,
      message: `When the build of ${code(index)} fails once, the index stays behind as INVALID, and every later run takes it for done and skips it.`,
      help: `Write ${code(`DROP INDEX CONCURRENTLY IF EXISTS ${qualifiedText(made.index)}`)} before it, and leave ${code('IF NOT EXISTS')} out.`,
    },
  ];
}

/** What a failed run left behind is taken away first, in this file. */
function isDroppedBefore(index: string, { catalog, file }: RuleContext): boolean {
  const unknown = { ...catalog, complete: false };
  return file.statements
    .slice(0, file.index)
    .some((earlier) => droppedIndexes(earlier, unknown).some(({ name }) => name === index));
}

export const rule: Rule = {
  slug: 'concurrently-if-not-exists',
  section: 'indexes',
  title: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS hides a failed build',
  condition: '`CREATE INDEX CONCURRENTLY IF NOT EXISTS` on an existing table.',
  effect: 'After a failed build the index is INVALID for ever: no query uses it, every write pays for it.',
  workaround: '`DROP INDEX CONCURRENTLY IF EXISTS` first, then create it without `IF NOT EXISTS`.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['IndexStmt'],
  check,
};
