import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain, alterTable, rewrittenWhile } from '../column-advice.ts';
import { addedWith, rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedWith(statement, context, 'CONSTR_IDENTITY').flatMap(
    ({ table, column, type, clause, worked }) => {
      const tables = rewritten(worked);
      if (tables.length === 0) return [];
      const when = clause.generated_when === 'd' ? 'BY DEFAULT' : 'ALWAYS';
      const generate = `${alterTable(table)} ALTER COLUMN ${identifierText(column)} ADD GENERATED ${when} AS IDENTITY`;
      return [
        {
          relation: table,
          part: column,
          message: `Each row takes a number for ${code(column)} from its new identity, so ${rewrittenWhile(tables)}.`,
          help: `Write ${addPlain(table, column, type)}, number the rows in batches, set it NOT NULL with a proof, then write ${code(generate)}, which reads no row, and set its sequence beyond the highest number.`,
        },
      ];
    },
  );
}

export const rule: Rule = {
  slug: 'add-column-identity',
  section: 'columns',
  title: 'A new identity column rewrites the table',
  condition: 'A column `GENERATED … AS IDENTITY` is added to an existing table.',
  effect:
    'Every row is numbered: the table and its indexes are written anew while nobody can read or write it.',
  workaround: 'Add an integer column, fill it in batches, set it `NOT NULL`, then make it an identity.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
