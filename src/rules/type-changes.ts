import type { ColumnDef } from '@pgsql/types';
import type { Statement } from '../sql/statement.ts';
import { baseOf } from '../sql/type-change.ts';
import { typeText } from '../sql/types.ts';
import { type ColumnPart, columnOf, columnParts } from './column-parts.ts';
import type { RuleContext } from './context.ts';

export type TypeChange = ColumnPart & {
  readonly definition: ColumnDef;
  /** Canonical, domains as what they stand for; undefined for a column that the schema does not list. */
  readonly from: string | undefined;
  /** As the statement means it. */
  readonly type: string;
  readonly to: string;
};

/** ALTER COLUMN … TYPE on tables that were there before. */
export function typeChanges(statement: Statement, context: RuleContext): readonly TypeChange[] {
  return columnParts(statement, context, 'AT_AlterColumnType').flatMap((part) => {
    const { def } = part.command;
    if (def === undefined || !('ColumnDef' in def)) return [];
    const { catalog } = context;
    const type = typeText(catalog, def.ColumnDef.typeName);
    const old = columnOf(catalog, part.table, part.column)?.type;
    const from = old === undefined ? undefined : baseOf(catalog, old);
    return [{ ...part, definition: def.ColumnDef, from, type, to: baseOf(catalog, type) }];
  });
}
