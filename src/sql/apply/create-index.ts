import type { IndexStmt } from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import { newRelation, withRelation } from '../catalog-edit.ts';
import { expressionText } from '../expression.ts';
import { childrenOf } from '../graph.ts';
import { bareName, relationName, schemaOf } from '../names.ts';

export function applyIndex(catalog: Catalog, node: IndexStmt): Catalog {
  const table = relationName(catalog, node.relation);
  const name = newIndexName(catalog, node);
  if (node.if_not_exists && catalog.relations.has(name)) return catalog;
  return addIndex(catalog, table, indexOf(node, name, table), node.relation?.inh === true);
}

/** The qualified name of the index that CREATE INDEX makes: its own, or the one that Postgres would choose (indexcmds.c, ChooseIndexName). */
export function newIndexName(catalog: Catalog, node: IndexStmt): string {
  const table = relationName(catalog, node.relation);
  const schema = schemaOf(table);
  if (node.idxname) return `${schema}.${node.idxname}`;
  const wanted = `${schema}.${[bareName(table), ...indexColumns(node).map(nameOfColumn)].join('_')}_idx`;
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? wanted : `${wanted}${number}`;
    if (!catalog.relations.has(name)) return name;
  }
}

function indexOf(node: IndexStmt, name: string, table: string): Relation {
  return newRelation(name, 'index', {
    table,
    indexColumns: indexColumns(node),
    unique: node.unique === true,
    ...(node.whereClause ? { predicate: expressionText(node.whereClause) ?? 'an expression' } : {}),
  });
}

function indexColumns(node: IndexStmt): readonly string[] {
  return (node.indexParams ?? []).map((element) => {
    if (!('IndexElem' in element)) return 'expr';
    const { name, expr } = element.IndexElem;
    return name ?? expressionText(expr) ?? 'expr';
  });
}

/** An index on an expression is named after its function, or `expr`. */
function nameOfColumn(column: string): string {
  return /^\w+$/.test(column) ? column : (/^(\w+)\(/.exec(column)?.[1] ?? 'expr');
}

/** On a partitioned table every partition gets its own, unless ONLY is written. */
function addIndex(catalog: Catalog, table: string, index: Relation, recurses: boolean): Catalog {
  let result = withRelation(catalog, index);
  if (!recurses || catalog.relations.get(table)?.kind !== 'partitioned table') return result;
  for (const child of childrenOf(catalog, table)) {
    const columns = index.indexColumns.map(nameOfColumn).join('_');
    const name = `${schemaOf(child.name)}.${bareName(child.name)}_${columns}_idx`;
    const own = { ...index, name, table: child.name, parents: [index.name] };
    result = addIndex(result, child.name, own, true);
  }
  return result;
}
