import type { SourceColumn, SourceTable, SourceType, TypeCategory } from '../../src/masking/source.ts';

export function textType(more: Partial<SourceType> = {}): SourceType {
  return { sql: 'text', base: 'text', baseSchema: 'pg_catalog', category: 'text', ...more };
}

export function sourceColumn(
  name: string,
  type: SourceType = textType(),
  more: Partial<SourceColumn> = {},
): SourceColumn {
  return { name, number: 1, type, notNull: false, ...more };
}

export function typeOfCategory(category: TypeCategory): SourceType {
  return textType({ sql: category, base: category, category });
}

/** A table with these columns and nothing else. */
export function sourceTable(
  name: string,
  columns: readonly SourceColumn[],
  more: Partial<SourceTable> = {},
): SourceTable {
  return {
    schema: 'public',
    name,
    kind: 'table',
    inherits: [],
    partitionColumns: [],
    columns,
    keys: [],
    foreignKeys: [],
    checks: [],
    persistence: 'permanent',
    ...more,
  };
}
