import type { AlterObjectSchemaStmt, RenameStmt } from '@pgsql/types';
import type { Catalog, Column, Relation } from '../catalog.ts';
import { changeFamily, changeRelation, renameRelation } from '../catalog-edit.ts';
import { foreignKeysTo, indexesOf, readersOf } from '../graph.ts';
import { bareName, listedName, relationName, schemaOf } from '../names.ts';

export function applyRename(catalog: Catalog, node: RenameStmt): Catalog {
  const { renameType, subname = '', newname = '' } = node;
  if (renameType === 'OBJECT_SCHEMA') return renameSchema(catalog, subname, newname);
  if (renameType === 'OBJECT_TYPE' || renameType === 'OBJECT_DOMAIN') {
    const name = listedName(catalog, node.object);
    return renameTypeName(catalog, name, `${schemaOf(name)}.${newname}`);
  }
  if (node.relation === undefined) return catalog;
  const name = relationName(catalog, node.relation);
  if (renameType === 'OBJECT_COLUMN') return renameColumn(catalog, name, subname, newname);
  if (renameType === 'OBJECT_TABCONSTRAINT') return renameConstraint(catalog, name, subname, newname);
  if (!RELATION_TYPES.has(renameType ?? '')) return catalog;
  return renameWithConstraint(catalog, name, newname);
}

/** ALTER … SET SCHEMA moves a table with its indexes. */
export function applyMove(catalog: Catalog, node: AlterObjectSchemaStmt): Catalog {
  if (node.relation === undefined || node.newschema === undefined) return catalog;
  const table = relationName(catalog, node.relation);
  const moved = [table, ...indexesOf(catalog, table).map(({ name }) => name)];
  return moved.reduce(
    (result, name) => renameRelation(result, name, `${node.newschema}.${bareName(name)}`),
    catalog,
  );
}

const RELATION_TYPES = new Set([
  'OBJECT_TABLE',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
]);

/** An index and the key constraint that it carries always share their name. */
function renameWithConstraint(catalog: Catalog, name: string, newname: string): Catalog {
  const relation = catalog.relations.get(name);
  const target = `${schemaOf(name)}.${newname}`;
  const table = relation?.kind === 'index' ? relation.table : undefined;
  const result =
    table === undefined
      ? catalog
      : changeRelation(catalog, table, (owner) => withRenamedConstraint(owner, bareName(name), newname));
  return renameRelation(result, name, target);
}

function renameConstraint(catalog: Catalog, table: string, from: string, to: string): Catalog {
  const index = `${schemaOf(table)}.${from}`;
  if (catalog.relations.get(index)?.table === table) return renameWithConstraint(catalog, index, to);
  return changeFamily(catalog, table, (relation) => withRenamedConstraint(relation, from, to));
}

function withRenamedConstraint(relation: Relation, from: string, to: string): Relation {
  const constraints = relation.constraints.map((constraint) =>
    constraint.name === from ? { ...constraint, name: to } : constraint,
  );
  return { ...relation, constraints };
}

/** The column's name also stands in keys, indexes and CHECK texts; a text that names it is no longer known. */
function renameColumn(catalog: Catalog, table: string, from: string, to: string): Catalog {
  const swap = (column: string): string => (column === from ? to : column);
  const renamed = changeFamily(catalog, table, (relation) => ({
    ...relation,
    columns: relation.columns.map((column) => renamedColumn(column, swap)),
    constraints: relation.constraints.map((constraint) => ({
      ...constraint,
      columns: constraint.columns.map(swap),
      expression: constraint.columns.includes(from) ? undefined : constraint.expression,
    })),
  }));
  const indexed = indexesOf(renamed, table).reduce(
    (result, { name }) =>
      changeRelation(result, name, (index) => ({ ...index, indexColumns: index.indexColumns.map(swap) })),
    renamed,
  );
  const referenced = foreignKeysTo(indexed, table).reduce(
    (result, key) =>
      changeRelation(result, key.table.name, (relation) => renameReferenced(relation, table, swap)),
    indexed,
  );
  return readersOf(referenced, new Set([table])).reduce(
    (result, { name }) => changeRelation(result, name, (reader) => renameRead(reader, table, swap)),
    referenced,
  );
}

function renamedColumn(column: Column, swap: (column: string) => string): Column {
  const { name, computedFrom } = column;
  return { ...column, name: swap(name), ...(computedFrom ? { computedFrom: computedFrom.map(swap) } : {}) };
}

/** A view reads on what has a new name (documentation, ALTER TABLE, RENAME). */
function renameRead(reader: Relation, table: string, swap: (column: string) => string): Relation {
  const read = reader.readColumns?.get(table);
  if (reader.readColumns === undefined || read === undefined) return reader;
  return { ...reader, readColumns: new Map([...reader.readColumns, [table, read.map(swap)]]) };
}

function renameReferenced(relation: Relation, table: string, swap: (column: string) => string): Relation {
  const constraints = relation.constraints.map((constraint) =>
    constraint.references === table && constraint.referencedColumns
      ? { ...constraint, referencedColumns: constraint.referencedColumns.map(swap) }
      : constraint,
  );
  return { ...relation, constraints };
}

function renameSchema(catalog: Catalog, from: string, to: string): Catalog {
  const inside = [...catalog.relations.keys()].filter((name) => schemaOf(name) === from);
  const result = inside.reduce(
    (next, name) => renameRelation(next, name, `${to}.${bareName(name)}`),
    catalog,
  );
  const types = [...result.types.keys()].filter((name) => schemaOf(name) === from);
  return types.reduce((next, name) => renameTypeName(next, name, `${to}.${bareName(name)}`), result);
}

function renameTypeName(catalog: Catalog, from: string, to: string): Catalog {
  const types = new Map([...catalog.types].map(([name, facts]) => [name === from ? to : name, facts]));
  const relations = [...catalog.relations.values()].map((relation): [string, Relation] => [
    relation.name,
    relation.columns.some(({ type }) => type.startsWith(from)) ? retype(relation, from, to) : relation,
  ]);
  return { ...catalog, types, relations: new Map(relations) };
}

function retype(relation: Relation, from: string, to: string): Relation {
  const swap = (type: string): string =>
    type === from || type === `${from}[]` ? type.replace(from, to) : type;
  return { ...relation, columns: relation.columns.map((column) => ({ ...column, type: swap(column.type) })) };
}
