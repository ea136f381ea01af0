import type { Node } from '@pgsql/types';
import { strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { dataChanges } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return dataChanges(statement, catalog).flatMap((change) => {
    if (change.kind !== 'update') return [];
    const own = change.relation.alias?.aliasname ?? change.relation.relname ?? '';
    return (change.node.targetList ?? [])
      .flatMap((target) => selfSet(target, own))
      .map((column) => ({
        relation: change.table,
        part: column,
        message: `${code(column)} of ${code(change.table)} is set to itself: each row is written anew, and nothing changes.`,
        help: `Leave ${code(column)} out, or give it the value that was meant.`,
      }));
  });
}

function selfSet(target: Node, own: string): readonly string[] {
  if (!('ResTarget' in target) || target.ResTarget.indirection) return [];
  const { name = '', val } = target.ResTarget;
  if (!val || !('ColumnRef' in val)) return [];
  const fields = strings(val.ColumnRef.fields);
  const isOwn = fields.length === 1 || (fields.length === 2 && fields[0] === own);
  return isOwn && fields.at(-1) === name ? [name] : [];
}

export const rule: Rule = {
  slug: 'self-assignment',
  section: 'data',
  title: 'A column is set to itself',
  condition: 'An `UPDATE` sets a column to its own value.',
  effect: 'Rows are written anew and nothing changes; perhaps another column was meant.',
  workaround: 'Leave the column out.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
