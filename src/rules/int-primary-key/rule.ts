import type { Statement } from '../../sql/statement.ts';
import { serialType } from '../../sql/types.ts';
import { newColumns } from '../new-columns.ts';
import { newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { typeComplaints } from '../type-opinion.ts';

/** The highest number of each type (documentation 8.1.1). */
const HIGHEST: Readonly<Record<string, string>> = { smallint: '32,767', integer: '2,147,483,647' };

/** Two columns together have room; a type that a table already has is changed by rules of their own. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (newColumns(statement, context.catalog).length === 0) return [];
  const keys = newConstraints(statement, context.catalog)
    .filter(({ constraint }) => constraint.kind === 'primary key' && constraint.columns.length === 1)
    .map(({ constraint }) => constraint.columns[0]);
  return typeComplaints(statement, context, ({ base }, { name, by, definition }) => {
    const highest = HIGHEST[base];
    if (highest === undefined || by === 'retype' || !keys.includes(name)) return undefined;
    return {
      effect: `ends at ${highest}: every insert fails then, and the way to ${'`bigint`'} rewrites the table and all that refers to it`,
      instead: 'bigint',
      written: serialType(definition.typeName)
        ? [/^(?:small)?serial[24]?\b/i, 'bigserial']
        : [/^(?:integer|int[24]?|smallint)\b/i, 'bigint'],
    };
  });
}

export const rule: Rule = {
  slug: 'int-primary-key',
  section: 'design',
  title: 'A primary key of a small integer runs out of numbers',
  condition: 'A table’s primary key is a single `integer` or `smallint` column.',
  effect:
    'After 2,147,483,647 rows, deleted ones counted, every insert fails, and the way to `bigint` rewrites the table.',
  workaround: 'Use `bigint`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt', 'AlterTableStmt'],
  check,
};
