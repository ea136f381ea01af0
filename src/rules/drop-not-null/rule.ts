import type { Statement } from '../../sql/statement.ts';
import { columnOf, columnParts } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return columnParts(statement, context, 'AT_DropNotNull').flatMap(({ table, column }) => {
    if (columnOf(context.catalog, table, column)?.notNull === false) return [];
    return [
      {
        relation: table,
        part: column,
        message: `From now on ${code(column)} of ${code(table)} may be null, and running code that reckons with a value breaks on the first row without one.`,
        help: `Deploy code that reads a null in ${code(column)} first, and write nulls only after that.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'drop-not-null',
  section: 'columns',
  title: 'A column that may be null again surprises code that reads it',
  condition: '`DROP NOT NULL` on a column of an existing table.',
  effect: 'Code that still runs breaks on the first null that it reads.',
  workaround: 'Deploy readers that can take a null first.',
  severity: 'warning',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
