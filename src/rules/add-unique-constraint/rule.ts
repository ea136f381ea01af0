import type { Statement } from '../../sql/statement.ts';
import { buildsItsIndex, keyHelp } from '../key-building.ts';
import { addedConstraints, named } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedConstraints(statement, context.catalog).flatMap((added) => {
    const { table, node, constraint } = added;
    if (constraint.kind !== 'unique') return [];
    const built = buildsItsIndex(added, context);
    if (built.length === 0) return [];
    return [
      {
        relation: table,
        part: constraint.name,
        message: `While the index of ${named(node, 'the unique constraint')} is built, nobody can read or write ${listed(built)}.`,
        help: keyHelp(added, context),
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'add-unique-constraint',
  section: 'constraints',
  title: 'ADD UNIQUE builds its index while nobody can read or write the table',
  condition: 'A `UNIQUE` constraint is added to an existing table without `USING INDEX`.',
  effect: 'Nobody can read or write the table until the whole index is built.',
  workaround: 'Build the index `CONCURRENTLY`, then add the constraint `USING INDEX`.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
