import type { Statement } from '../../sql/statement.ts';
import { givesUpWaiting } from '../lock-timeout.ts';
import { addedConstraints, named } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (givesUpWaiting(context)) return [];
  return addedConstraints(statement, context.catalog).flatMap(({ table, node, constraint, onNewTable }) => {
    const parent = constraint.references;
    if (!node.skip_validation || onNewTable || parent === undefined || parent === table) return [];
    if (context.catalog.relations.get(parent)?.isNew) return [];
    return [
      {
        relation: table,
        part: constraint.name,
        message: `Adding ${named(node, 'the foreign key')} keeps writers of ${code(parent)} out until the transaction ends, and they queue while it waits.`,
        help: `Run ${code("SET lock_timeout = '2s'")} before it so that it gives up instead of queueing, and try again when it does.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'add-fk-not-valid-locks-parent',
  section: 'constraints',
  title: 'A NOT VALID foreign key still locks the referenced table for a moment',
  condition: 'A foreign key is added `NOT VALID` while no `lock_timeout` is set.',
  effect: 'Writers of the referenced table wait until the transaction ends.',
  workaround: 'Set a `lock_timeout`, and try again when it gives up.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
