import type { ColumnDef, Constraint as ConstraintNode, Node } from '@pgsql/types';
import type { Catalog, Column } from './catalog.ts';
import { columnsIn, expressionText } from './expression.ts';
import { bareName, schemaOf } from './names.ts';
import { freeName } from './object-name.ts';
import { serialType, typeText } from './types.ts';

/** What the clauses that follow a column's constraint say of it; the grammar leaves them beside it. */
const ATTRIBUTES: Readonly<Record<string, Partial<ConstraintNode>>> = {
  CONSTR_ATTR_DEFERRABLE: { deferrable: true },
  CONSTR_ATTR_DEFERRED: { deferrable: true, initdeferred: true },
  CONSTR_ATTR_NOT_DEFERRABLE: {},
  CONSTR_ATTR_IMMEDIATE: {},
  CONSTR_ATTR_ENFORCED: {},
  CONSTR_ATTR_NOT_ENFORCED: { is_enforced: false, skip_validation: true },
};

/** The constraint clauses written at a column, each with its attributes. */
export function columnClauses(definition: ColumnDef): readonly ConstraintNode[] {
  const clauses: ConstraintNode[] = [];
  for (const node of definition.constraints ?? []) {
    if (!('Constraint' in node)) continue;
    const attributes = ATTRIBUTES[node.Constraint.contype ?? ''];
    const last = clauses.at(-1);
    if (attributes === undefined) clauses.push(node.Constraint);
    else if (last !== undefined) clauses[clauses.length - 1] = { ...last, ...attributes };
  }
  return clauses;
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
    default: serial ? `nextval('${sequenceName(catalog, table, name)}'::regclass)` : defaultText(fallback),
    generated,
    ...(generated === 'stored' || generated === 'virtual'
      ? { computedFrom: columnsIn(has('CONSTR_GENERATED')?.raw_expr) }
      : {}),
  };
}

/** A default's text; DEFAULT NULL is none at all (AddRelationNewConstraints). */
export function defaultText(value: Node | undefined): string | undefined {
  if (value === undefined || ('A_Const' in value && value.A_Const.isnull)) return undefined;
  return expressionText(value) ?? 'an expression';
}

/** The sequence that serial and identity columns bring. */
export function sequenceName(catalog: Catalog, table: string, column: string): string {
  const schema = schemaOf(table);
  const isTaken = (name: string): boolean => catalog.relations.has(`${schema}.${name}`);
  return `${schema}.${freeName(bareName(table), column, 'seq', isTaken)}`;
}

function generation(clauses: readonly ConstraintNode[]): Column['generated'] {
  for (const { contype, generated_kind: kind } of clauses) {
    if (contype === 'CONSTR_IDENTITY') return 'identity';
    if (contype === 'CONSTR_GENERATED') return kind === 'v' ? 'virtual' : 'stored';
  }
  return undefined;
}
