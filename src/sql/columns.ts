import type { ColumnDef, Constraint as ConstraintNode } from '@pgsql/types';
import type { Catalog, Column } from './catalog.ts';
import { columnsIn, expressionText } from './expression.ts';
import { bareName, schemaOf } from './names.ts';
import { serialType, typeText } from './types.ts';

/** The constraint clauses written at a column. */
export function columnClauses(definition: ColumnDef): readonly ConstraintNode[] {
  return (definition.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
}

/** A column as CREATE TABLE or ADD COLUMN writes it. */
export function readColumn(catalog: Catalog, table: string, definition: ColumnDef): Column {
  const clauses = columnClauses(definition);
  const has = (type: string): ConstraintNode | undefined => clauses.find(({ contype }) => contype === type);
  const serial = serialType(definition.typeName) !== undefined;
  const generated = generation(clauses);
  const name = definition.colname ?? '';
  const fallback = has('CONSTR_DEFAULT')?.raw_expr;
  return {
    name,
    type: typeText(catalog, definition.typeName),
    notNull:
      serial ||
      generated === 'identity' ||
      has('CONSTR_NOTNULL') !== undefined ||
      has('CONSTR_PRIMARY') !== undefined,
    default: serial
      ? `nextval('${sequenceName(table, name)}'::regclass)`
      : fallback && (expressionText(fallback) ?? 'an expression'),
    generated,
    ...(generated === 'stored' || generated === 'virtual'
      ? { computedFrom: columnsIn(has('CONSTR_GENERATED')?.raw_expr) }
      : {}),
  };
}

/** The sequence that serial and identity columns bring. */
export function sequenceName(table: string, column: string): string {
  return `${schemaOf(table)}.${bareName(table)}_${column}_seq`;
}

function generation(clauses: readonly ConstraintNode[]): Column['generated'] {
  for (const { contype, generated_kind: kind } of clauses) {
    if (contype === 'CONSTR_IDENTITY') return 'identity';
    if (contype === 'CONSTR_GENERATED') return kind === 'v' ? 'virtual' : 'stored';
  }
  return undefined;
}
