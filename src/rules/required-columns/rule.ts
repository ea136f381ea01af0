import type { Statement } from '../../sql/statement.ts';
import { newColumns } from '../new-columns.ts';
import { newTable } from '../new-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

const REQUIRED = ['created_at', 'updated_at'];

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const made = newTable(statement, catalog);
  // What LIKE, INHERITS and OF bring is not written here.
  const isWhole = made?.node.inhRelations === undefined && made?.node.ofTypename === undefined;
  const elements = made?.node.tableElts ?? [];
  if (made === undefined || !isWhole || elements.some((one) => 'TableLikeClause' in one)) return [];
  const there = new Set(newColumns(statement, catalog).map(({ name }) => name));
  const missing = REQUIRED.filter((name) => !there.has(name));
  if (missing.length === 0) return [];
  const columns = missing.map((name) => `${name} timestamptz NOT NULL DEFAULT now()`);
  return [
    {
      relation: made.name,
      message: `${code(made.name)} has no ${listed(missing)}, so nobody can tell when a row of it came or changed.`,
      help: `Add ${columns.map(code).join(' and ')}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'required-columns',
  section: 'design',
  title: 'A new table lacks columns that every table should have',
  condition: 'A table is made without `created_at` or `updated_at`.',
  effect: 'Nobody can tell when a row came or changed, and what copies changes by time cannot.',
  workaround: 'Add both.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt'],
  check,
};
