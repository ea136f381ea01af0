import type { Statement } from '../../sql/statement.ts';
import { buildsItsIndex } from '../key-building.ts';
import { addedConstraints, named } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedConstraints(statement, context.catalog).flatMap((added) => {
    const { table, node, constraint } = added;
    if (constraint.kind !== 'exclusion') return [];
    const built = buildsItsIndex(added, context);
    if (built.length === 0) return [];
    const name = named(node, 'the exclusion constraint');
    return [
      {
        relation: table,
        part: constraint.name,
        message: `While the index of ${name} is built, nobody can read or write ${listed(built)}.`,
        help: `Add ${name} in a maintenance window, or make a new table with it, copy the rows of ${code(table)} in batches and swap the names, since it has no ${code('NOT VALID')} and no ${code('USING INDEX')}.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'add-exclusion-constraint',
  section: 'constraints',
  title: 'ADD EXCLUDE builds its index while nobody can read or write the table',
  condition: 'An exclusion constraint is added to an existing table.',
  effect: 'Nobody can read or write the table until the whole index is built and every row compared.',
  workaround: 'Add it in a maintenance window, or on a new table that the rows are copied to.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
