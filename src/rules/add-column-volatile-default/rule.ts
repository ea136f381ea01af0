import type { Statement } from '../../sql/statement.ts';
import { isVolatile } from '../../sql/volatility.ts';
import { addPlain, rewrittenWhile, setDefault } from '../column-advice.ts';
import { addedWith, rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_DEFAULT').flatMap(
    ({ table, column, type, clause, worked }) => {
      const tables = rewritten(worked);
      if (tables.length === 0 || !isVolatile(context.catalog, clause.raw_expr)) return [];
      return [
        {
          relation: table,
          part: column,
          message: `The default of ${code(column)} is another value for each row, so ${rewrittenWhile(tables)}.`,
          help: `Write ${addPlain(table, column, type)}, ${setDefault(table, column, clause.raw_expr)}, and fill old rows in batches.`,
        },
      ];
    },
  );
}

export const rule: Rule = {
  slug: 'add-column-volatile-default',
  section: 'columns',
  title: 'A new column with a value of its own for each row rewrites the table',
  condition: 'A column is added with a volatile default, such as `gen_random_uuid()` or `random()`.',
  effect: 'The table and all its indexes are written anew while nobody can read or write it.',
  workaround: 'Add the column plain, set the default afterwards, fill old rows in batches.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
