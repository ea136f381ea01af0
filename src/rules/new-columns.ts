import type { ColumnDef } from '@pgsql/types';
import type { Catalog, Column } from '../sql/catalog.ts';
import { readColumn } from '../sql/columns.ts';
import type { Statement } from '../sql/statement.ts';
import { alterCommands } from './alter-commands.ts';
import { newTable } from './new-tables.ts';
import { remembered } from './remembered.ts';

/** A column that CREATE TABLE or ADD COLUMN makes, or that ALTER COLUMN TYPE gives another type. */
export type NewColumn = Column & {
  readonly table: string;
  readonly definition: ColumnDef;
  readonly by: 'create' | 'add' | 'retype';
};

/** The columns that a statement defines, without those of temporary tables and of what is there already. */
export const newColumns = remembered(readNewColumns);

function readNewColumns(statement: Statement, catalog: Catalog): readonly NewColumn[] {
  const made = newTable(statement, catalog);
  if (made !== undefined)
    return (made.node.tableElts ?? []).flatMap((element) =>
      'ColumnDef' in element ? [column(catalog, made.name, element.ColumnDef, 'create')] : [],
    );
  return alterCommands(statement, catalog).flatMap(({ command, table, schema }) => {
    const by = WAYS[command.subtype ?? ''];
    const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined;
    if (by === undefined || definition === undefined) return [];
    const name = definition.colname ?? command.name ?? '';
    const isThere = schema.relations.get(table)?.columns.some((one) => one.name === name);
    if (by === 'add' && command.missing_ok && isThere) return [];
    return [column(schema, table, { ...definition, colname: name }, by)];
  });
}

const WAYS: Readonly<Record<string, NewColumn['by']>> = {
  AT_AddColumn: 'add',
  AT_AlterColumnType: 'retype',
};

function column(catalog: Catalog, table: string, definition: ColumnDef, by: NewColumn['by']): NewColumn {
  return { ...readColumn(catalog, table, definition), table, definition, by };
}
