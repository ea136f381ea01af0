import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeChanges } from '../type-changes.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeChanges(statement, context).flatMap(({ table, column, type, found }) => {
    const touched = onExisting(found, context.catalog);
    const isWork = touched.some(({ rewrite, scan, builds }) => rewrite || scan || builds !== undefined);
    if (isWork) return [];
    const tables = touched.filter(({ kind }) => kind !== 'index').map(({ relation }) => relation);
    return [
      {
        relation: table,
        part: column,
        message: `${code(column)} becomes ${code(type)} without a look at the rows, but nobody can read or write ${listed(tables)} from when the lock is asked for until the transaction ends.`,
        help: `Set a short lock_timeout before it with ${code("SET lock_timeout = '2s'")}, and try again if it strikes.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'alter-column-type-metadata-only',
  section: 'columns',
  title: 'A type change that leaves the rows alone still needs everybody out for a moment',
  condition: 'A column of an existing table gets a type that its stored values fit as they are.',
  effect: 'A brief `AccessExclusiveLock`; behind a long query, everybody waits for it.',
  workaround: 'Set a short `lock_timeout`, and try again.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
