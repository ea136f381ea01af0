import { expressionText } from '../../sql/expression.ts';
import type { Statement } from '../../sql/statement.ts';
import { notValidThenValidate } from '../column-advice.ts';
import { addedWith, scanned } from '../column-parts.ts';
import { inlineName, takenOut } from '../inline-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_CHECK').flatMap((added) => {
    const { table, column, clause, worked } = added;
    const tables = scanned(worked);
    if (tables.length === 0) return [];
    const name = inlineName(added, 'check');
    const condition = expressionText(clause.raw_expr) ?? 'the condition';
    return [
      {
        relation: table,
        part: column,
        message: `To check ${code(name)}, every row of ${listed(tables)} is read while nobody else can read or write it, although ${code(column)} is new.`,
        help: `Add ${code(column)} without the CHECK, write ${notValidThenValidate(table, name, `CHECK (${condition})`)}.`,
        fix: takenOut(statement, added, context),
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'add-column-inline-check',
  section: 'columns',
  title: 'A CHECK written at a new column reads the whole table',
  condition: 'A column is added to an existing table with a `CHECK` in its definition.',
  effect: 'Nobody can read or write the table while every row is checked, although all have the same value.',
  workaround: 'Add the `CHECK` as a constraint of its own with `NOT VALID`, and validate it afterwards.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
