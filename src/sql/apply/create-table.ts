import type {
  ColumnDef,
  Constraint as ConstraintNode,
  CreateStmt,
  CreateTableAsStmt,
  PartitionSpec,
  SelectStmt,
  TableLikeClause,
  TypeName,
} from '@pgsql/types';
import type { Catalog, Column, Relation } from '../catalog.ts';
import { isTaken, newRelation, withConstraint, withRelation } from '../catalog-edit.ts';
import { columnClauses, readColumn, sequenceName } from '../columns.ts';
import { addConstraint, indexShape, readConstraint } from '../constraints.ts';
import type { RelationKind } from '../effect.ts';
import { expressionText } from '../expression.ts';
import { indexesOf, sequencesOf } from '../graph.ts';
import { MOST_COLUMNS } from '../most-columns.ts';
import { newName, relationName, strings } from '../names.ts';
import { queryColumns } from '../query-columns.ts';
import { serialType, typeText } from '../types.ts';
import { boundFacts, copyIndex, shareIndexes } from './partitions.ts';
import { readsOf } from './simple-relations.ts';
import { shareTriggers } from './triggers.ts';

export function applyCreateTable(catalog: Catalog, node: CreateStmt, kind: RelationKind = 'table'): Catalog {
  const name = newName(catalog, node.relation);
  if (isTaken(catalog, name) || (node.if_not_exists && catalog.relations.has(name))) return catalog;
  const parents = (node.inhRelations ?? []).flatMap((parent) =>
    'RangeVar' in parent ? [relationName(catalog, parent.RangeVar)] : [],
  );
  const there = perhapsThere(catalog, node);
  const table = newRelation(name, node.partspec ? 'partitioned table' : kind, {
    parents,
    ...(node.relation?.relpersistence === 'u' ? { unlogged: true } : {}),
    ...(node.partspec ? { partitionKey: partitionKey(node.partspec) } : {}),
    ...boundFacts(node.partbound),
    ...(node.ofTypename ? typed(catalog, node.ofTypename) : {}),
    ...there,
  });
  let result = withTable(catalog, table, node.oncommit);
  for (const parent of parents) result = inherit(result, name, parent, node.partbound !== undefined);
  for (const element of node.tableElts ?? []) {
    if ('ColumnDef' in element) result = addColumn(result, name, element.ColumnDef);
    if ('TableLikeClause' in element) result = copyLike(result, name, element.TableLikeClause);
  }
  for (const element of [...(node.tableElts ?? []), ...(node.constraints ?? [])])
    if ('Constraint' in element) result = addClause(result, name, element.Constraint);
  return sequencesOf(result, name).reduce(
    (made, sequence) => withRelation(made, { ...sequence, ...there }),
    result,
  );
}

/** IF NOT EXISTS of a table that the catalog may have missed: it may be there already, in use and of any size. */
function perhapsThere(
  { complete }: Catalog,
  { if_not_exists: isOptional }: CreateStmt | CreateTableAsStmt,
): Partial<Pick<Relation, 'isNew' | 'rows' | 'bytes'>> {
  return isOptional && !complete ? { isNew: false, rows: undefined, bytes: undefined } : {};
}

/** A table OF a composite type has the type's columns. */
function typed(catalog: Catalog, type: TypeName): Pick<Relation, 'typeOf' | 'columns'> {
  const typeOf = typeText(catalog, type);
  return { typeOf, columns: catalog.types.get(typeOf)?.attributes ?? [] };
}

function partitionKey({ partParams }: PartitionSpec): readonly string[] {
  return (partParams ?? []).map((element) => {
    if (!('PartitionElem' in element)) return 'an expression';
    const { name, expr } = element.PartitionElem;
    return name ?? expressionText(expr) ?? 'an expression';
  });
}

export function applyCreateTableAs(catalog: Catalog, node: CreateTableAsStmt): Catalog {
  const name = newName(catalog, node.into?.rel);
  if (isTaken(catalog, name) || (node.if_not_exists && catalog.relations.has(name))) return catalog;
  const isView = node.objtype === 'OBJECT_MATVIEW';
  const reads = isView ? readsOf(catalog, node.query) : {};
  const unlogged = node.into?.rel?.relpersistence === 'u' ? { unlogged: true } : {};
  const columns = queryColumns(catalog, node.query, strings(node.into?.colNames)) ?? [];
  const made = newRelation(name, isView ? 'materialized view' : 'table', {
    columns,
    ...reads,
    ...unlogged,
    ...perhapsThere(catalog, node),
  });
  return withTable(catalog, made, node.into?.onCommit);
}

function withTable(catalog: Catalog, table: Relation, onCommit: CreateStmt['oncommit']): Catalog {
  if (onCommit !== 'ONCOMMIT_DROP') return withRelation(catalog, table);
  const result = withRelation(catalog, { ...table, dropsOnCommit: true });
  return { ...result, atEnd: { ...result.atEnd, drops: true } };
}

export function applySelectInto(catalog: Catalog, node: SelectStmt): Catalog {
  const target = node.intoClause?.rel;
  if (target === undefined) return catalog;
  const name = newName(catalog, target);
  if (isTaken(catalog, name)) return catalog;
  const columns = queryColumns(catalog, { SelectStmt: node }) ?? [];
  return withRelation(catalog, newRelation(name, 'table', { columns }));
}

/** Adds a column with the constraints and the sequence that are written at it. */
export function addColumn(catalog: Catalog, tableName: string, definition: ColumnDef): Catalog {
  const table = catalog.relations.get(tableName);
  if (table === undefined) return catalog;
  const column = merged(table, readColumn(catalog, tableName, definition), definition);
  const isThere = table.columns.some(({ name }) => name === column.name);
  if (!isThere && table.columns.length >= MOST_COLUMNS) return catalog;
  const columns = isThere
    ? table.columns.map((own) => (own.name === column.name ? column : own))
    : [...table.columns, column];
  let result = withRelation(catalog, { ...table, columns });
  if (serialType(definition.typeName) !== undefined || column.generated === 'identity')
    result = withRelation(
      result,
      newSequence(sequenceName(result, tableName, column.name), table, column.name),
    );
  for (const clause of columnClauses(definition)) result = addClause(result, tableName, clause, column.name);
  return result;
}

/** A column of a partition or of a typed table may be written without its type, which it has already. */
function merged(table: Relation, column: Column, { typeName }: ColumnDef): Column {
  const own = table.columns.find(({ name }) => name === column.name);
  if (own === undefined || typeName !== undefined) return column;
  return { ...own, notNull: own.notNull || column.notNull, default: column.default ?? own.default };
}

/** A sequence that goes with a column. */
export function newSequence(name: string, { name: table, unlogged }: Relation, column: string): Relation {
  return newRelation(name, 'sequence', {
    ownedBy: `${table}.${column}`,
    ...(unlogged ? { unlogged } : {}),
  });
}

function addClause(catalog: Catalog, tableName: string, node: ConstraintNode, column?: string): Catalog {
  const table = catalog.relations.get(tableName);
  const constraint = table && readConstraint(catalog, table, node, column);
  if (constraint === undefined) return catalog;
  return addConstraint(catalog, tableName, constraint, indexShape(node, constraint.kind));
}

/** Columns and, for a partition, all constraints and indexes; for an inheritance child, CHECK and NOT NULL only (documentation 5.11, 5.12). */
function inherit(catalog: Catalog, childName: string, parentName: string, isPartition: boolean): Catalog {
  const parent = catalog.relations.get(parentName);
  const child = catalog.relations.get(childName);
  if (parent === undefined || child === undefined) return catalog;
  const passed = parent.constraints.filter(
    ({ kind, noInherit }) =>
      !noInherit && (kind === 'check' || kind === 'not null' || (isPartition && kind === 'foreign key')),
  );
  const columns = parent.columns
    .filter(({ name }) => !child.columns.some((own) => own.name === name))
    .map((column) =>
      isPartition || column.generated !== 'identity' ? column : { ...column, generated: undefined },
    );
  const heir = passed.reduce(withConstraint, {
    ...child,
    columns: [...child.columns, ...columns].slice(0, MOST_COLUMNS),
  });
  const result = withRelation(catalog, heir);
  return isPartition
    ? shareTriggers(shareIndexes(result, parentName, childName), parentName, childName)
    : result;
}

/** What LIKE copies, by bit (TableLikeOption in parsenodes.h). */
const LIKE = {
  constraints: 1 << 2,
  defaults: 1 << 3,
  generated: 1 << 4,
  identity: 1 << 5,
  indexes: 1 << 6,
} as const;

function copyLike(catalog: Catalog, name: string, { relation, options = 0 }: TableLikeClause): Catalog {
  const source = catalog.relations.get(relationName(catalog, relation));
  const table = catalog.relations.get(name);
  if (source === undefined || table === undefined) return catalog;
  const includes = (part: keyof typeof LIKE): boolean => (options & LIKE[part]) !== 0;
  // Nothing is in it yet that a NOT VALID constraint would have to spare.
  const checks = source.constraints
    .filter(({ kind }) => kind === 'not null' || (kind === 'check' && includes('constraints')))
    .map((constraint) => ({ ...constraint, validated: constraint.enforced !== false }));
  const columns = source.columns.map((column) => likeColumn(column, includes));
  const copy = {
    ...table,
    columns: [...table.columns, ...columns].slice(0, MOST_COLUMNS),
    constraints: [...table.constraints, ...checks],
  };
  let result = withRelation(catalog, copy);
  for (const column of columns.filter(({ generated }) => generated === 'identity'))
    result = withRelation(result, newSequence(sequenceName(result, name, column.name), table, column.name));
  if (!includes('indexes')) return result;
  return indexesOf(catalog, source.name).reduce((made, index) => {
    const key = source.constraints.find((constraint) => constraint.index === index.name);
    return copyIndex(made, index, key, name, false);
  }, result);
}

function likeColumn(column: Column, includes: (part: keyof typeof LIKE) => boolean): Column {
  const keeps =
    column.generated === undefined || includes(column.generated === 'identity' ? 'identity' : 'generated');
  return {
    ...column,
    default: includes('defaults') ? column.default : undefined,
    generated: keeps ? column.generated : undefined,
  };
}
