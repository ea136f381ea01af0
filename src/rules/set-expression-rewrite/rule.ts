import { expressionText } from '../../sql/expression.ts';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterTable, rewrittenWhile, typeSql } from '../column-advice.ts';
import { type ColumnPart, columnOf, columnParts, rewritten } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return columnParts(statement, context, 'AT_SetExpression').flatMap((part) => {
    const tables = rewritten(part.worked);
    if (tables.length === 0) return [];
    return [
      {
        relation: part.table,
        part: part.column,
        message: `${code(part.column)} is computed anew for each row, so ${rewrittenWhile(tables)}.`,
        help: help(part, context),
      },
    ];
  });
}

function help({ table, column, command, schema }: ColumnPart, { version }: RuleContext): string {
  const type = columnOf(schema, table, column)?.type;
  const expression = expressionText(command.def);
  const fresh = identifierText(`${column}_new`);
  const virtual =
    version >= 18 && type !== undefined && expression !== undefined
      ? ` or, computed when it is read, with ${code(`${alterTable(table)} ADD COLUMN ${fresh} ${typeSql(type)} GENERATED ALWAYS AS (${expression}) VIRTUAL`)},`
      : '';
  return `Add a plain column ${code(`${column}_new`)} that a trigger keeps and fill it in batches,${virtual} then swap the names in one short transaction.`;
}

export const rule: Rule = {
  slug: 'set-expression-rewrite',
  section: 'columns',
  title: 'SET EXPRESSION on a stored generated column rewrites the table',
  condition: 'A stored generated column of an existing table gets another expression.',
  effect: 'The table and all its indexes are written anew while nobody can read or write it.',
  workaround: 'Add a new column, fill it in batches, swap the names.',
  severity: 'error',
  since: 17,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['AlterTableStmt'],
  check,
};
