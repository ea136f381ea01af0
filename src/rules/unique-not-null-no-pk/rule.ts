import { applyStatement } from '../../sql/apply.ts';
import { isProvenNotNull } from '../../sql/effects/alter-column.ts';
import type { Statement } from '../../sql/statement.ts';
import { addedConstraints, newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const keys = newConstraints(statement, context.catalog).filter(
    ({ constraint }) => constraint.kind === 'unique',
  );
  if (keys.length === 0) return [];
  const catalog = applyStatement(context.catalog, statement);
  const work = { catalog, version: context.version };
  return keys
    .filter(({ table, constraint }) => {
      const others = catalog.relations.get(table)?.constraints ?? [];
      const isFilled = constraint.columns.every((column) => isProvenNotNull(work, table, column));
      return isFilled && others.every(({ kind }) => kind !== 'primary key') && !getsKeyLater(context, table);
    })
    .slice(0, 1)
    .map(({ table, constraint }) => ({
      relation: table,
      part: constraint.name,
      message: `${code(table)} has no primary key although ${constraint.columns.map(code).join(', ')} could be one, so it has no replica identity, and tools that look for a key find none.`,
      help: `Write ${code('PRIMARY KEY')} in the place of ${code('UNIQUE')}.`,
    }));
}

function getsKeyLater({ file, catalog }: RuleContext, table: string): boolean {
  return file.statements
    .slice(file.index + 1)
    .some((one) =>
      addedConstraints(one, catalog).some(
        ({ table: on, constraint }) => on === table && constraint.kind === 'primary key',
      ),
    );
}

export const rule: Rule = {
  slug: 'unique-not-null-no-pk',
  section: 'constraints',
  title: 'A unique key on columns that are never null, and no primary key',
  condition: 'A unique constraint on `NOT NULL` columns of a table that has no primary key.',
  effect: 'The table has no replica identity, and tools that look for its key find none.',
  workaround: 'Make it the primary key.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
