import type { Statement } from '../../sql/statement.ts';
import { buildsItsIndex, keyHelp } from '../key-building.ts';
import { addedConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedConstraints(statement, context.catalog).flatMap((added) => {
    const { table, constraint } = added;
    if (constraint.kind !== 'primary key') return [];
    const built = buildsItsIndex(added, context);
    if (built.length === 0) return [];
    return [
      {
        relation: table,
        part: constraint.name,
        message: `While the index of the primary key is built, nobody can read or write ${listed(built)}.`,
        help: keyHelp(added, context),
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'add-primary-key-builds-index',
  section: 'constraints',
  title: 'ADD PRIMARY KEY builds its index while nobody can read or write the table',
  condition: 'A primary key is added to an existing table without `USING INDEX`.',
  effect: 'Nobody can read or write the table until the index is built and every row checked for nulls.',
  workaround: 'Build the index `CONCURRENTLY`, prove the columns `NOT NULL`, then add the key `USING INDEX`.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
