import type { Statement } from '../sql/statement.ts';
import { type ColumnPart, columnOf, columnParts, isAddedHere } from './column-parts.ts';
import type { RuleContext } from './context.ts';

/** Columns that the statement drops from tables that were there before, and that were not added on the way here. */
export function droppedColumns(statement: Statement, context: RuleContext): readonly ColumnPart[] {
  return columnParts(statement, context, 'AT_DropColumn').filter(({ table, column, command }) => {
    const relation = context.catalog.relations.get(table);
    const isMissing = relation !== undefined && !columnOf(context.catalog, table, column);
    if (command.missing_ok && isMissing && context.catalog.complete) return false;
    return !isAddedHere(context, table, column);
  });
}
