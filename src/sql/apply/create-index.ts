import type { IndexStmt } from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import { isTaken, newRelation, withRelation } from '../catalog-edit.ts';
import { columnsIn, expressionText } from '../expression.ts';
import { childrenOf } from '../graph.ts';
import { bareName, relationName, schemaOf, strings } from '../names.ts';
import { columnLabels, freeName } from '../object-name.ts';
import { lentIndex } from './lent-index.ts';

export function applyIndex(catalog: Catalog, node: IndexStmt): Catalog {
  const index = createdIndex(catalog, node);
  if (isTaken(catalog, index.name)) return catalog;
  if (catalog.relations.get(index.name) === index) return catalog;
  const table = relationName(catalog, node.relation);
  return addIndex(catalog, table, index, labelsOf(node), node.relation?.inh === true);
}

/** The index that stands under its name after CREATE INDEX: with IF NOT EXISTS it may be another one that stood there before. */
export function createdIndex(catalog: Catalog, node: IndexStmt): Relation {
  const name = newIndexName(catalog, node);
  const standing = node.if_not_exists ? catalog.relations.get(name) : undefined;
  return standing ?? indexOf(catalog, node, name, relationName(catalog, node.relation));
}

/** The qualified name of the index that CREATE INDEX makes: its own, or the one that Postgres would choose (indexcmds.c, ChooseIndexName). */
export function newIndexName(catalog: Catalog, node: IndexStmt): string {
  const table = relationName(catalog, node.relation);
  if (node.idxname) return `${schemaOf(table)}.${node.idxname}`;
  return freeIndexName(catalog, table, labelsOf(node));
}

/** `table_columns_idx`, the first that no relation of the schema has. */
export function freeIndexName(catalog: Catalog, table: string, labels: string, suffix = 'idx'): string {
  const schema = schemaOf(table);
  const isTaken = (name: string): boolean => catalog.relations.has(`${schema}.${name}`);
  return `${schema}.${freeName(bareName(table), labels, suffix, isTaken)}`;
}

function indexOf(catalog: Catalog, node: IndexStmt, name: string, table: string): Relation {
  const keys = indexColumns(node.indexParams);
  const read = [...columnsIn(node.indexParams), ...columnsIn(node.whereClause)];
  const others = [...indexColumns(node.indexIncludingParams), ...read].filter((name) => !keys.includes(name));
  const isUnlogged = catalog.relations.get(table)?.unlogged === true;
  return newRelation(name, 'index', {
    table,
    indexColumns: keys,
    ...(others.length > 0 ? { otherColumns: [...new Set(others)] } : {}),
    unique: node.unique === true,
    method: node.accessMethod ?? 'btree',
    ...(hasPlainKeys(node) ? {} : { plainKeys: false }),
    ...(node.whereClause ? { predicate: expressionText(node.whereClause) ?? 'a condition' } : {}),
    ...(isUnlogged ? { unlogged: true } : {}),
  });
}

/** ASC and its NULLS LAST are what an index has anyway. */
const PLAIN_ORDERS: ReadonlySet<string | undefined> = new Set([
  undefined,
  'SORTBY_DEFAULT',
  'SORTBY_ASC',
  'SORTBY_NULLS_DEFAULT',
  'SORTBY_NULLS_LAST',
]);

/** Operator classes that an index gets anyway for the types that they are for; those of btree depend on the type. */
const DEFAULT_CLASSES: ReadonlySet<string> = new Set(['gin array_ops', 'gin jsonb_ops', 'gin tsvector_ops']);

/** Whether the keys of a CREATE INDEX have no operator class, collation or order of their own. */
export function hasPlainKeys({ indexParams, accessMethod }: IndexStmt): boolean {
  return (indexParams ?? []).every((element) => {
    if (!('IndexElem' in element)) return false;
    const { opclass, collation, ordering, nulls_ordering: nulls } = element.IndexElem;
    const isDefault = !opclass || DEFAULT_CLASSES.has(`${accessMethod} ${strings(opclass).at(-1)}`);
    return isDefault && !collation && PLAIN_ORDERS.has(ordering) && PLAIN_ORDERS.has(nulls);
  });
}

/** Columns of INCLUDE stand in the name, though they are no key. */
function labelsOf(node: IndexStmt): string {
  return columnLabels(indexColumns([...(node.indexParams ?? []), ...(node.indexIncludingParams ?? [])]));
}

function indexColumns(elements: IndexStmt['indexParams'] = []): readonly string[] {
  return elements.map((element) => {
    if (!('IndexElem' in element)) return 'expr()';
    const { name, expr } = element.IndexElem;
    return name ?? expressionText(expr) ?? 'expr()';
  });
}

/** On a partitioned table every partition gets its own, unless ONLY is written. */
function addIndex(
  catalog: Catalog,
  table: string,
  index: Relation,
  labels: string,
  recurses: boolean,
): Catalog {
  const partitions =
    catalog.relations.get(table)?.kind === 'partitioned table' ? childrenOf(catalog, table) : [];
  // It becomes valid when every partition has lent its own (validatePartitionedIndex).
  if (!recurses && partitions.length > 0) return withRelation(catalog, { ...index, valid: false });
  let result = withRelation(catalog, index);
  for (const { name: partition } of partitions) {
    const lent = lentIndex(result, index, partition, false);
    if (lent !== undefined) {
      result = withRelation(result, { ...lent, parents: [index.name] });
      continue;
    }
    const name = freeIndexName(result, partition, labels);
    const own = { ...index, name, table: partition, parents: [index.name] };
    result = addIndex(result, partition, own, labels, true);
  }
  return result;
}
