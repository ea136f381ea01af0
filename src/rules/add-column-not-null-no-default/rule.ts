import { hasDefault, isVirtual } from '../../sql/effects/add-column.ts';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { splitType } from '../../sql/types.ts';
import { addPlain, alterTable } from '../column-advice.ts';
import { addedWith, scanned } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_NOTNULL').flatMap(
    ({ table, column, type, definition, worked }) => {
      const tables = scanned(worked);
      // A domain may bring a default of its own.
      const isDomain = context.catalog.types.get(splitType(type).base)?.kind === 'domain';
      if (tables.length === 0 || isDomain || hasDefault(definition) || isVirtual(definition)) return [];
      const fill = `${alterTable(table)} ALTER COLUMN ${identifierText(column)} SET NOT NULL`;
      return [
        {
          relation: table,
          part: column,
          message: `The rows that ${listed(tables)} already ${tables.length === 1 ? 'holds' : 'hold'} would have no ${code(column)}, so the statement fails as soon as there is one.`,
          help: `Give ${code(column)} a constant DEFAULT, which touches no row, or write ${addPlain(table, column, type)}, fill it in batches, and then ${code(fill)} with a proof.`,
        },
      ];
    },
  );
}

export const rule: Rule = {
  slug: 'add-column-not-null-no-default',
  section: 'columns',
  title: 'A new NOT NULL column without a default fails on a table with rows',
  condition: 'A column is added `NOT NULL` and without a default to a table that may hold rows.',
  effect: 'The migration fails in production (23502), although it works on an empty database.',
  workaround: 'Give it a default, or add it nullable, fill it in batches and set it `NOT NULL` then.',
  severity: 'error',
  over: ['add-column-inline-check', 'add-column-inline-unique', 'add-column-inline-references'],
  since: 13,
  claim: { fails: '23502' },
  kinds: ['AlterTableStmt'],
  check,
};
