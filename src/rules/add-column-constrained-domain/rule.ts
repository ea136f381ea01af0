import type { Catalog } from '../../sql/catalog.ts';
import type { Statement } from '../../sql/statement.ts';
import { baseOf } from '../../sql/type-change.ts';
import { splitType } from '../../sql/types.ts';
import { addPlain, rewrittenWhile } from '../column-advice.ts';
import { addedColumns, rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedColumns(statement, context).flatMap(({ table, column, type, worked }) => {
    const tables = rewritten(worked);
    if (tables.length === 0 || !isConstrained(context.catalog, type)) return [];
    return [
      {
        relation: table,
        part: column,
        message: `The constraint of the domain ${code(type)} is checked for each row, even where ${code(column)} is null, so ${rewrittenWhile(tables)}.`,
        help: `Write ${addPlain(table, column, baseOf(context.catalog, type))}, and give it the domain’s constraint as a CHECK with NOT VALID that is validated in a transaction of its own.`,
      },
    ];
  });
}

function isConstrained({ types }: Catalog, type: string): boolean {
  const { base, array } = splitType(type);
  return !array && types.get(base)?.constrained === true;
}

export const rule: Rule = {
  slug: 'add-column-constrained-domain',
  section: 'columns',
  title: 'A new column of a constrained domain rewrites the table',
  condition:
    'A column is added whose type is a domain with a `CHECK` or `NOT NULL`, itself or through its base.',
  effect:
    'The table and all its indexes are written anew, even without a default, while nobody can read or write it.',
  workaround: 'Add the column with the base type, and the constraint as a `CHECK … NOT VALID`.',
  severity: 'error',
  over: ['add-column-volatile-default', 'add-column-generated-stored'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
