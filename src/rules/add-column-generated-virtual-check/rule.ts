import { isVirtual } from '../../sql/effects/add-column.ts';
import { expressionText } from '../../sql/expression.ts';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { notValidThenValidate } from '../column-advice.ts';
import { addedWith, scanned } from '../column-parts.ts';
import { type Inline, inlineName, takenOut } from '../inline-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const added = [
    ...addedWith(statement, context, 'CONSTR_CHECK'),
    ...addedWith(statement, context, 'CONSTR_NOTNULL'),
  ];
  return added.flatMap((one) => {
    const tables = scanned(one.worked);
    if (tables.length === 0 || !isVirtual(one.definition)) return [];
    const { what, name, definition } = constraintOf(one);
    return [
      {
        relation: one.table,
        part: one.column,
        message: `The virtual column ${code(one.column)} is computed for every row of ${listed(tables)} to check ${what}, while nobody else can read or write it.`,
        help: `Add ${code(one.column)} without it, write ${notValidThenValidate(one.table, name, definition)}.`,
        fix: one.clause.contype === 'CONSTR_CHECK' ? takenOut(statement, one, context) : [],
      },
    ];
  });
}

function constraintOf(one: Inline) {
  if (one.clause.contype === 'CONSTR_NOTNULL')
    return {
      what: 'that it is NOT NULL',
      name: inlineName(one, 'not_null'),
      definition: `NOT NULL ${identifierText(one.column)}`,
    };
  const name = inlineName(one, 'check');
  const condition = expressionText(one.clause.raw_expr) ?? 'the condition';
  return { what: code(name), name, definition: `CHECK (${condition})` };
}

export const rule: Rule = {
  slug: 'add-column-generated-virtual-check',
  section: 'columns',
  title: 'A constraint written at a new virtual column reads the whole table',
  condition: 'A `VIRTUAL` generated column is added with a `CHECK` or `NOT NULL` in its definition.',
  effect: 'Nobody can read or write the table while the column is computed and checked for every row.',
  workaround: 'Add the constraint on its own with `NOT VALID`, and validate it afterwards.',
  severity: 'error',
  over: ['add-column-inline-check'],
  since: 18,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
