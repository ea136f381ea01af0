import type { Statement } from '../../sql/statement.ts';
import { named, newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return newConstraints(statement, catalog).flatMap(({ table, node, constraint }) => {
    // pg_constraint.confdeltype and confupdtype: c is CASCADE.
    const verbs = [
      ...(node.fk_del_action === 'c' ? ['deleting'] : []),
      ...(node.fk_upd_action === 'c' ? ['changing the key of'] : []),
    ];
    if (constraint.kind !== 'foreign key' || verbs.length === 0) return [];
    const parent = code(constraint.references ?? '');
    return [
      {
        relation: table,
        part: constraint.name,
        message: `With ${named(node, 'the foreign key')}, ${verbs.join(' and ')} one row of ${parent} does so to any number of rows of ${code(table)}, in the same statement and under its locks.`,
        help: `Leave ${code('CASCADE')} out and let the application delete in batches, or accept it on purpose.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'fk-on-delete-cascade',
  section: 'constraints',
  title: 'A foreign key that cascades deletes rows that no statement names',
  condition: 'A foreign key is made with `ON DELETE CASCADE` or `ON UPDATE CASCADE`.',
  effect: 'One statement on the referenced table deletes or changes any number of rows elsewhere.',
  workaround: 'Delete in batches from the application, or accept it on purpose.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
