import type { Node } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import { type DataChange, dataChanges } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return dataChanges(statement, catalog).flatMap((change) =>
    listsOf(change).flatMap((list) =>
      repeated(list).map((column) => ({
        relation: change.table,
        part: column,
        message: `The server refuses this: ${code(column)} of ${code(change.table)} is given a value twice.`,
        help: `Leave one of the two values of ${code(column)} out.`,
      })),
    ),
  );
}

/** The lists of columns that get values: of INSERT, SET, ON CONFLICT DO UPDATE, and each WHEN of MERGE. */
function listsOf(change: DataChange): readonly (readonly Node[])[] {
  if (change.kind === 'update') return [change.node.targetList ?? []];
  if (change.kind === 'insert')
    return [change.node.cols ?? [], change.node.onConflictClause?.targetList ?? []];
  if (change.kind === 'delete') return [];
  return (change.node.mergeWhenClauses ?? []).map((when) =>
    'MergeWhenClause' in when ? (when.MergeWhenClause.targetList ?? []) : [],
  );
}

/** Parts of a column, `tags[1]` and `place.x`, may be set side by side. */
function repeated(targets: readonly Node[]): readonly string[] {
  const names = targets.flatMap((target) =>
    'ResTarget' in target && !target.ResTarget.indirection ? [target.ResTarget.name ?? ''] : [],
  );
  const seen = new Set<string>();
  return [...new Set(names.filter((name) => seen.size === seen.add(name).size))];
}

export const rule: Rule = {
  slug: 'duplicate-assignment',
  section: 'data',
  title: 'A column is given a value twice',
  condition: 'An `UPDATE`, `INSERT` or `MERGE` names the same column twice among those that it sets.',
  effect: 'The server refuses the statement, and the migration fails.',
  workaround: 'Leave one of the two out.',
  severity: 'error',
  since: 13,
  claim: { fails: '42601' },
  check,
};
