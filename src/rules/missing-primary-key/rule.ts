import { applyStatement } from '../../sql/apply.ts';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { columnsText, newConstraints } from '../new-constraints.ts';
import { newTable } from '../new-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  const made = newTable(statement, catalog);
  const table = made && applyStatement(catalog, statement).relations.get(made.name);
  if (made === undefined || table === undefined) return [];
  const isKeyed =
    table.constraints.some(({ kind }) => kind === 'primary key') ||
    laterStatements(statement, context).some((later) =>
      newConstraints(later, catalog).some(
        (added) => added.table === made.name && added.constraint.kind === 'primary key',
      ),
    );
  if (isKeyed) return [];
  const unique = table.constraints.find(({ kind }) => kind === 'unique')?.columns;
  const own = unique ?? (table.columns.some(({ name }) => name === 'id') ? ['id'] : undefined);
  const key =
    own === undefined
      ? `${identifierText('id')} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
      : `PRIMARY KEY (${columnsText(own)})`;
  return [
    {
      relation: made.name,
      message: `Nothing tells one row of ${code(made.name)} from another: logical replication refuses to update or delete them, and so do many tools.`,
      help: `Add ${code(key)} to the table.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'missing-primary-key',
  section: 'design',
  title: 'A table without a primary key',
  condition: 'A table is made without a primary key, and the file does not add one.',
  effect:
    'Logical replication refuses to update and delete its rows, duplicates cannot be told apart, and tools find no row to change.',
  workaround: 'Give it a primary key.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt'],
  check,
};
