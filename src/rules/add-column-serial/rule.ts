import type { Catalog } from '../../sql/catalog.ts';
import { sequenceName } from '../../sql/columns.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { serialType } from '../../sql/types.ts';
import { addPlain, alterTable, rewrittenWhile } from '../column-advice.ts';
import { addedColumns, rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedColumns(statement, context).flatMap(({ table, column, type, definition, worked }) => {
    const tables = rewritten(worked);
    if (tables.length === 0 || serialType(definition.typeName) === undefined) return [];
    return [
      {
        relation: table,
        part: column,
        message: `Each row takes a number for ${code(column)} from its new sequence, so ${rewrittenWhile(tables)}.`,
        help: `Write ${addPlain(table, column, type)} and ${numberNewRows(context.catalog, table, column)}, fill old rows in batches, then set it NOT NULL with a proof.`,
      },
    ];
  });
}

/** What serial stands for (documentation, 8.1.4), for new rows only. */
function numberNewRows(catalog: Catalog, table: string, column: string): string {
  const sequence = qualifiedText(sequenceName(catalog, table, column));
  const owner = `${qualifiedText(table)}.${identifierText(column)}`;
  const value = `nextval('${sequence.replaceAll("'", "''")}')`;
  const change = `${alterTable(table)} ALTER COLUMN ${identifierText(column)} SET DEFAULT ${value}`;
  return `${code(`CREATE SEQUENCE ${sequence} OWNED BY ${owner}`)}, number new rows with ${code(change)}`;
}

export const rule: Rule = {
  slug: 'add-column-serial',
  section: 'columns',
  title: 'A new serial column rewrites the table',
  condition: 'A `serial`, `bigserial` or `smallserial` column is added to an existing table.',
  effect:
    'Every row is numbered: the table and its indexes are written anew while nobody can read or write it.',
  workaround: 'Add an integer column, number new rows from a sequence, fill old rows in batches.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
