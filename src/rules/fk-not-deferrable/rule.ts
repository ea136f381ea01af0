import type { Statement } from '../../sql/statement.ts';
import { named, newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return newConstraints(statement, catalog)
    .filter(({ node, constraint }) => constraint.kind === 'foreign key' && !node.deferrable)
    .map(({ table, node, constraint }) => ({
      relation: table,
      part: constraint.name,
      message: `${named(node, 'The foreign key')} is checked at the end of each statement: rows of ${code(table)} cannot be written before the rows of ${code(constraint.references ?? '')} that they refer to.`,
      help: `Make it ${code('DEFERRABLE INITIALLY IMMEDIATE')}, so that a transaction can put the check off with ${code('SET CONSTRAINTS')}.`,
    }));
}

export const rule: Rule = {
  slug: 'fk-not-deferrable',
  section: 'constraints',
  title: 'A foreign key that is not deferrable is checked row by row',
  condition: 'A foreign key is made without `DEFERRABLE`.',
  effect:
    'Rows that refer to each other must be written in one order; a load of data cannot put the check off.',
  workaround: 'Make it `DEFERRABLE INITIALLY IMMEDIATE`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
