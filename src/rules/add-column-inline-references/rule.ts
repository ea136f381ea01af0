import type { Constraint as ConstraintNode } from '@pgsql/types';
import { addsCheckedReference } from '../../sql/effects/add-column.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { relationName, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain, notValidThenValidate } from '../column-advice.ts';
import { addedWith } from '../column-parts.ts';
import { inlineName } from '../inline-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_FOREIGN').flatMap((added) => {
    const { table, column, type, clause, definition, found } = added;
    // With a default the rows are looked up too: add-fk-validating says so.
    if (addsCheckedReference(definition)) return [];
    const parents = onExisting(found, context.catalog)
      .filter(({ lock }) => lock === 'ShareRowExclusiveLock')
      .map(({ relation }) => relation);
    if (parents.length === 0) return [];
    const key = `FOREIGN KEY (${identifierText(column)}) ${references(clause, context)}`;
    return [
      {
        relation: table,
        part: column,
        message: `The foreign key of ${code(column)} keeps writers out of ${listed(parents)} too, until the transaction ends.`,
        help: `Write ${addPlain(table, column, type)} first, and in a transaction of its own, with a short lock_timeout, ${notValidThenValidate(table, inlineName(added, 'fkey'), key)}.`,
      },
    ];
  });
}

function references(clause: ConstraintNode, { catalog }: RuleContext): string {
  const columns = strings(clause.pk_attrs).map(identifierText);
  const list = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
  return `REFERENCES ${qualifiedText(relationName(catalog, clause.pktable))}${list}`;
}

export const rule: Rule = {
  slug: 'add-column-inline-references',
  section: 'columns',
  title: 'A new column with REFERENCES also locks the referenced table',
  condition: 'A column without a default is added with `REFERENCES` to another existing table.',
  effect: 'Writers of the referenced table wait too, until the transaction ends; no row is read.',
  workaround: 'Add the column first, and the foreign key `NOT VALID` in a transaction of its own.',
  severity: 'notice',
  beneath: ['multiple-fks-one-transaction'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
