import type { Constraint as ConstraintNode, Node } from '@pgsql/types';
import type { Catalog, Constraint, Relation } from './catalog.ts';
import { newRelation, withConstraint, withRelation } from './catalog-edit.ts';
import { columnsIn, expressionText } from './expression.ts';
import { bareName, relationName, schemaOf, strings } from './names.ts';

const KINDS: Readonly<Partial<Record<string, Constraint['kind']>>> = {
  CONSTR_CHECK: 'check',
  CONSTR_NOTNULL: 'not null',
  CONSTR_PRIMARY: 'primary key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_FOREIGN: 'foreign key',
  CONSTR_EXCLUSION: 'exclusion',
};

/** The constraint that a grammar node asks for; undefined for DEFAULT, GENERATED, DEFERRABLE and the like. `column` is set for one written at a column. */
export function readConstraint(
  catalog: Catalog,
  table: Relation,
  node: ConstraintNode,
  column?: string,
): Constraint | undefined {
  const kind = KINDS[node.contype ?? ''];
  if (kind === undefined) return undefined;
  const columns = constraintColumns(catalog, table, node, kind, column);
  const referenced = strings(node.pk_attrs);
  return {
    name: node.conname ?? node.indexname ?? defaultName(table, kind, columns, column),
    kind,
    validated: !node.skip_validation,
    columns,
    expression: kind === 'check' ? expressionText(node.raw_expr) : undefined,
    references: kind === 'foreign key' ? relationName(catalog, node.pktable) : undefined,
    ...(referenced.length > 0 ? { referencedColumns: referenced } : {}),
    ...(isNotEnforced(node) ? { enforced: false } : {}),
  };
}

/** NOT ENFORCED (18), which a CHECK and a foreign key can be. */
export function isNotEnforced({ contype, is_enforced: enforced }: ConstraintNode): boolean {
  return (contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN') && !enforced;
}

/** Adds a constraint with the index that carries it, and the NOT NULL that a primary key brings. */
export function addConstraint(
  catalog: Catalog,
  tableName: string,
  constraint: Constraint,
  usesIndex = false,
): Catalog {
  const table = catalog.relations.get(tableName);
  if (table === undefined) return catalog;
  const marked = bringsNotNull(constraint) ? markNotNull(table, constraint.columns) : table;
  const result = withRelation(catalog, withConstraint(marked, constraint));
  const needsIndex = ['primary key', 'unique', 'exclusion'].includes(constraint.kind) && !usesIndex;
  return needsIndex ? withRelation(result, constraintIndex(table, constraint)) : result;
}

export function markNotNull(table: Relation, names: readonly string[], notNull = true): Relation {
  const columns = table.columns.map((column) =>
    names.includes(column.name) ? { ...column, notNull } : column,
  );
  return { ...table, columns };
}

function bringsNotNull({ kind, validated }: Constraint): boolean {
  return kind === 'primary key' || (kind === 'not null' && validated);
}

function constraintIndex(table: Relation, constraint: Constraint): Relation {
  return newRelation(`${schemaOf(table.name)}.${constraint.name}`, 'index', {
    table: table.name,
    indexColumns: constraint.columns,
    unique: constraint.kind !== 'exclusion',
    isNew: table.isNew,
  });
}

function constraintColumns(
  catalog: Catalog,
  table: Relation,
  node: ConstraintNode,
  kind: Constraint['kind'],
  column: string | undefined,
): readonly string[] {
  if (kind === 'check') return columnsIn(node.raw_expr);
  if (column !== undefined) return [column];
  if (kind === 'foreign key') return strings(node.fk_attrs);
  if (kind === 'exclusion') return (node.exclusions ?? []).flatMap(exclusionColumn);
  if (node.indexname) {
    const index = catalog.relations.get(`${schemaOf(table.name)}.${node.indexname}`);
    return index?.indexColumns ?? [];
  }
  return strings(node.keys);
}

function exclusionColumn(node: Node): readonly string[] {
  const element = 'List' in node ? node.List.items?.[0] : undefined;
  if (element === undefined || !('IndexElem' in element)) return [];
  const { name, expr } = element.IndexElem;
  return [name ?? expressionText(expr) ?? 'expr'];
}

const SUFFIXES: Readonly<Record<Constraint['kind'], string>> = {
  check: 'check',
  'not null': 'not_null',
  'primary key': 'pkey',
  unique: 'key',
  'foreign key': 'fkey',
  exclusion: 'excl',
};

/** ChooseConstraintName in pg_constraint.c, and ChooseIndexName in indexcmds.c. */
function defaultName(
  table: Relation,
  kind: Constraint['kind'],
  columns: readonly string[],
  column: string | undefined,
): string {
  const middle = kind === 'check' ? (column ?? (columns.length === 1 ? columns[0] : '')) : columns.join('_');
  const parts = [bareName(table.name), kind === 'primary key' ? '' : middle, SUFFIXES[kind]];
  const wanted = parts.filter((part) => part !== '').join('_');
  const taken = new Set(table.constraints.map(({ name }) => name));
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? wanted : `${wanted}${number}`;
    if (!taken.has(name)) return name;
  }
}
