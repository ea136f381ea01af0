import { identifierText } from '../../sql/identifier.ts';
import type { SourceColumn, SourceSchema, SourceTable } from '../source.ts';
import { tableKey } from '../source.ts';

/** A table of the source and one of its columns. */
export type Place = { readonly table: SourceTable; readonly column: SourceColumn };

/** Columns of a schema by table and name. */
export type Columns = {
  readonly table: (schema: string, name: string) => SourceTable | undefined;
  readonly byKey: (key: string) => SourceTable | undefined;
  readonly column: (table: SourceTable, name: string) => Place | undefined;
};

/** Makes a schema's columns findable by name. */
export function columnsOf(schema: SourceSchema): Columns {
  const names = new Map<SourceTable, ReadonlyMap<string, SourceColumn>>();
  for (const table of schema.tables.values()) {
    names.set(table, new Map(table.columns.map((column) => [column.name, column])));
  }
  return {
    table: (name, table) => schema.tables.get(tableKey(name, table)),
    byKey: (key) => schema.tables.get(key),
    column: (table, name) => {
      const column = names.get(table)?.get(name);
      return column && { table, column };
    },
  };
}

/** Key of a column, as detections are kept by. */
export function columnId({ table, column }: Place): string {
  return JSON.stringify([table.schema, table.name, column.name]);
}

/** `public.users.email` as SQL writes it, for people. */
export function placeText({ table, column }: Place): string {
  return `${tableName(table)}.${identifierText(column.name)}`;
}

export function tableName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${identifierText(schema)}.${identifierText(name)}`;
}
