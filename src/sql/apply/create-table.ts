import type {
  ColumnDef,
  Constraint as ConstraintNode,
  CreateStmt,
  CreateTableAsStmt,
  PartitionSpec,
  SelectStmt,
  TableLikeClause,
} from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import { newRelation, withConstraint, withRelation } from '../catalog-edit.ts';
import { columnClauses, readColumn, sequenceName } from '../columns.ts';
import { addConstraint, readConstraint } from '../constraints.ts';
import type { RelationKind } from '../effect.ts';
import { expressionText } from '../expression.ts';
import { indexesOf } from '../graph.ts';
import { bareName, newName, relationName, schemaOf } from '../names.ts';
import { serialType } from '../types.ts';
import { queryFacts } from './simple-relations.ts';

export function applyCreateTable(catalog: Catalog, node: CreateStmt, kind: RelationKind = 'table'): Catalog {
  const name = newName(catalog, node.relation);
  if (node.if_not_exists && catalog.relations.has(name)) return catalog;
  const parents = (node.inhRelations ?? []).flatMap((parent) =>
    'RangeVar' in parent ? [relationName(catalog, parent.RangeVar)] : [],
  );
  const table = newRelation(name, node.partspec ? 'partitioned table' : kind, {
    parents,
    ...(node.partspec ? { partitionKey: partitionKey(node.partspec) } : {}),
    ...(node.partbound?.is_default ? { isDefaultPartition: true } : {}),
  });
  let result = withRelation(catalog, table);
  for (const parent of parents) result = inherit(result, name, parent, node.partbound !== undefined);
  for (const element of node.tableElts ?? []) {
    if ('ColumnDef' in element) result = addColumn(result, name, element.ColumnDef);
    if ('TableLikeClause' in element) result = copyLike(result, name, element.TableLikeClause);
  }
  for (const element of [...(node.tableElts ?? []), ...(node.constraints ?? [])])
    if ('Constraint' in element) result = addClause(result, name, element.Constraint);
  return result;
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
  if (node.if_not_exists && catalog.relations.has(name)) return catalog;
  const isView = node.objtype === 'OBJECT_MATVIEW';
  const reads = isView ? queryFacts(catalog, node.query) : {};
  return withRelation(catalog, newRelation(name, isView ? 'materialized view' : 'table', reads));
}

export function applySelectInto(catalog: Catalog, node: SelectStmt): Catalog {
  const target = node.intoClause?.rel;
  if (target === undefined) return catalog;
  return withRelation(catalog, newRelation(newName(catalog, target), 'table'));
}

/** Adds a column with the constraints and the sequence that are written at it. */
export function addColumn(catalog: Catalog, tableName: string, definition: ColumnDef): Catalog {
  const table = catalog.relations.get(tableName);
  if (table === undefined) return catalog;
  const column = readColumn(catalog, tableName, definition);
  const others = table.columns.filter(({ name }) => name !== column.name);
  let result = withRelation(catalog, { ...table, columns: [...others, column] });
  if (serialType(definition.typeName) !== undefined || column.generated === 'identity')
    result = withRelation(result, newRelation(sequenceName(tableName, column.name), 'sequence'));
  for (const clause of columnClauses(definition)) result = addClause(result, tableName, clause, column.name);
  return result;
}

function addClause(catalog: Catalog, tableName: string, node: ConstraintNode, column?: string): Catalog {
  const table = catalog.relations.get(tableName);
  const constraint = table && readConstraint(catalog, table, node, column);
  return constraint === undefined ? catalog : addConstraint(catalog, tableName, constraint);
}

/** Columns and, for a partition, all constraints and indexes; for an inheritance child, CHECK and NOT NULL only (documentation 5.11, 5.12). */
function inherit(catalog: Catalog, childName: string, parentName: string, isPartition: boolean): Catalog {
  const parent = catalog.relations.get(parentName);
  const child = catalog.relations.get(childName);
  if (parent === undefined || child === undefined) return catalog;
  const passed = parent.constraints.filter(
    ({ kind }) => kind === 'check' || kind === 'not null' || (isPartition && kind === 'foreign key'),
  );
  const columns = parent.columns.filter(({ name }) => !child.columns.some((own) => own.name === name));
  const heir = passed.reduce(withConstraint, { ...child, columns: [...child.columns, ...columns] });
  const result = withRelation(catalog, heir);
  return isPartition ? copyIndexes(result, parent, heir) : result;
}

const LIKE_CONSTRAINTS = 1 << 2;
const LIKE_INDEXES = 1 << 6;

function copyLike(catalog: Catalog, name: string, { relation, options = 0 }: TableLikeClause): Catalog {
  const source = catalog.relations.get(relationName(catalog, relation));
  const table = catalog.relations.get(name);
  if (source === undefined || table === undefined) return catalog;
  const checks = source.constraints.filter(
    ({ kind }) => kind === 'not null' || (kind === 'check' && (options & LIKE_CONSTRAINTS) !== 0),
  );
  const columns = [...table.columns, ...source.columns];
  const copy = { ...table, columns, constraints: [...table.constraints, ...checks] };
  const result = withRelation(catalog, copy);
  return options & LIKE_INDEXES ? copyIndexes(result, source, copy) : result;
}

/** Indexes with the keys that they carry. Names follow the new table's. */
function copyIndexes(catalog: Catalog, from: Relation, to: Relation): Catalog {
  let result = catalog;
  for (const index of indexesOf(catalog, from.name)) {
    const key = from.constraints.find(
      ({ name, kind }) => name === bareName(index.name) && kind !== 'foreign key',
    );
    const suffix = key?.kind === 'primary key' ? 'pkey' : `${index.indexColumns.join('_')}_idx`;
    const name =
      key?.kind === 'primary key' ? suffix : key === undefined ? suffix : suffix.replace(/idx$/, 'key');
    const bare = `${bareName(to.name)}_${name}`;
    const copy = { ...index, name: `${schemaOf(to.name)}.${bare}`, table: to.name, isNew: to.isNew };
    result = withRelation(
      result,
      from.kind === 'partitioned table' ? { ...copy, parents: [index.name] } : copy,
    );
    const table = result.relations.get(to.name);
    if (key !== undefined && table !== undefined)
      result = withRelation(result, withConstraint(table, { ...key, name: bare }));
  }
  return result;
}
