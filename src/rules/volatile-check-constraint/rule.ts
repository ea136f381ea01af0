import type { Statement } from '../../sql/statement.ts';
import { changingCalls } from '../changing-calls.ts';
import { named, newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return newConstraints(statement, catalog).flatMap(({ table, node, constraint }) => {
    if (constraint.kind !== 'check') return [];
    const calls = changingCalls(catalog, node.raw_expr);
    if (calls.length === 0) return [];
    return [
      {
        relation: table,
        part: constraint.name,
        message: `${named(node, 'The CHECK')} asks ${listed(calls)}, which may answer otherwise later: rows that were right break it then, and a restore or ${code('VALIDATE CONSTRAINT')} fails on them.`,
        help: `Check it in a ${code('BEFORE INSERT OR UPDATE')} trigger, or compare with a column of the row, such as the time it was made.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'volatile-check-constraint',
  section: 'constraints',
  title: 'A CHECK that may change its mind fails when the rows are restored',
  condition: 'A `CHECK` calls a function that is not immutable, such as `now()` or `random()`.',
  effect: 'Rows that were right when they were written break it later; a dump of them cannot be restored.',
  workaround: 'Check it in a trigger, or compare with a column.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
