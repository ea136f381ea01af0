import type { AlterObjectSchemaStmt, RenameStmt } from '@pgsql/types';
import type { Catalog, Column, Relation } from '../catalog.ts';
import { changeFamily, changeRelation, isTaken, renameRelation as renameAlone } from '../catalog-edit.ts';
import { withRenamedColumn } from '../expression.ts';
import {
  descendants,
  foreignKeysTo,
  indexesOf,
  readersOf,
  relationsOfType,
  sequencesOf,
  typedTables,
} from '../graph.ts';
import { bareName, listedName, relationName, schemaOf } from '../names.ts';
import { followSequence } from './follow-names.ts';
import { moveRoutines, renameRoutine } from './routines.ts';
import { withPolicies } from './simple-relations.ts';
import { changeTriggers, renameRule } from './triggers.ts';
import { renameAttribute } from './types.ts';

export function applyRename(catalog: Catalog, node: RenameStmt): Catalog {
  const { renameType, subname = '', newname = '' } = node;
  if (renameType === 'OBJECT_SCHEMA') return renameSchema(catalog, subname, newname);
  if (renameType === 'OBJECT_TYPE' || renameType === 'OBJECT_DOMAIN') {
    const name = listedName(catalog, node.object);
    return renameTypeName(catalog, name, `${schemaOf(name)}.${newname}`);
  }
  if (ROUTINES.has(renameType ?? ''))
    return node.object
      ? renameRoutine(catalog, node.object, (name) => `${schemaOf(name)}.${newname}`)
      : catalog;
  if (node.relation === undefined) return catalog;
  const name = relationName(catalog, node.relation);
  if (renameType === 'OBJECT_ATTRIBUTE')
    return typedTables(catalog, name).reduce(
      (result, table) => renameColumn(result, table.name, subname, newname),
      renameAttribute(catalog, name, subname, newname),
    );
  if (renameType === 'OBJECT_TRIGGER')
    return changeTriggers(catalog, name, (all) =>
      all.map((trigger) => (trigger.name === subname ? { ...trigger, name: newname } : trigger)),
    );
  if (renameType === 'OBJECT_RULE') return renameRule(catalog, name, subname, newname);
  if (renameType === 'OBJECT_COLUMN') return renameColumn(catalog, name, subname, newname);
  if (renameType === 'OBJECT_TABCONSTRAINT') return renameConstraint(catalog, name, subname, newname);
  if (renameType === 'OBJECT_POLICY')
    return withPolicies(catalog, name, (names) =>
      names.map((found) => (found === subname ? newname : found)),
    );
  if (!RELATION_TYPES.has(renameType ?? '')) return catalog;
  return renameWithConstraint(catalog, name, newname);
}

/** With the defaults that draw from it, if it is a sequence. */
function renameRelation(catalog: Catalog, from: string, to: string): Catalog {
  if (isTaken(catalog, to)) return catalog;
  const isSequence = catalog.relations.get(from)?.kind === 'sequence';
  return renameAlone(isSequence ? followSequence(catalog, from, to) : catalog, from, to);
}

/** ALTER … SET SCHEMA moves a table with its indexes and sequences. */
export function applyMove(catalog: Catalog, node: AlterObjectSchemaStmt): Catalog {
  const { objectType, object, newschema } = node;
  if (newschema === undefined) return catalog;
  if (ROUTINES.has(objectType ?? '') && object)
    return renameRoutine(catalog, object, (name) => `${newschema}.${bareName(name)}`);
  if ((objectType === 'OBJECT_TYPE' || objectType === 'OBJECT_DOMAIN') && object) {
    const name = listedName(catalog, object);
    return renameTypeName(catalog, name, `${newschema}.${bareName(name)}`);
  }
  if (node.relation === undefined) return catalog;
  const table = relationName(catalog, node.relation);
  const parts = [...indexesOf(catalog, table), ...sequencesOf(catalog, table)];
  const moved = [table, ...parts.map(({ name }) => name)];
  return moved.reduce(
    (result, name) => renameRelation(result, name, `${node.newschema}.${bareName(name)}`),
    catalog,
  );
}

const ROUTINES: ReadonlySet<string> = new Set([
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
]);

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
  const kind = catalog.relations.get(table)?.constraints.find(({ name }) => name === from)?.kind;
  const change = kind === 'check' || kind === 'not null' ? changeFamily : changeRelation;
  return change(catalog, table, (relation) => withRenamedConstraint(relation, from, to));
}

function withRenamedConstraint(relation: Relation, from: string, to: string): Relation {
  const constraints = relation.constraints.map((constraint) =>
    constraint.name === from ? { ...constraint, name: to } : constraint,
  );
  return { ...relation, constraints };
}

/** The column's name also stands in keys, indexes and CHECK texts. */
function renameColumn(catalog: Catalog, table: string, from: string, to: string): Catalog {
  const swap = (column: string): string => (column === from ? to : column);
  const members = [table, ...descendants(catalog, table).map(({ name }) => name)];
  const parts = members.flatMap((member) => [
    ...indexesOf(catalog, member),
    ...sequencesOf(catalog, member, from),
  ]);
  const renamed = changeFamily(catalog, table, (relation) => withSwappedColumns(relation, from, to));
  const followed = parts.reduce(
    (result, { name }) => changeRelation(result, name, (part) => withSwappedParts(part, swap, to)),
    renamed,
  );
  const viewed = members.reduce((result, member) => renameRead(result, member, swap), followed);
  return foreignKeysTo(viewed, table).reduce(
    (result, key) =>
      changeRelation(result, key.table.name, (relation) => renameReferenced(relation, table, swap)),
    viewed,
  );
}

function renameRead(catalog: Catalog, table: string, swap: Swap): Catalog {
  return readersOf(catalog, new Set([table])).reduce(
    (result, { name }) =>
      changeRelation(result, name, (reader) => {
        const columns = reader.readColumns?.[table];
        if (columns === undefined) return reader;
        return { ...reader, readColumns: { ...reader.readColumns, [table]: columns.map(swap) } };
      }),
    catalog,
  );
}

type Swap = (column: string) => string;

function withSwappedColumns(relation: Relation, from: string, to: string): Relation {
  const swap: Swap = (column) => (column === from ? to : column);
  return {
    ...relation,
    columns: relation.columns.map((column) => renamedColumn(column, swap)),
    ...(relation.partitionKey ? { partitionKey: relation.partitionKey.map(swap) } : {}),
    constraints: relation.constraints.map((constraint) => ({
      ...constraint,
      columns: constraint.columns.map(swap),
      expression: constraint.columns.includes(from)
        ? withRenamedColumn(constraint.expression, from, to)
        : constraint.expression,
    })),
  };
}

function renamedColumn(column: Column, swap: Swap): Column {
  const { name, computedFrom } = column;
  return { ...column, name: swap(name), ...(computedFrom ? { computedFrom: computedFrom.map(swap) } : {}) };
}

/** Of an index its columns, of a sequence its owner. */
function withSwappedParts(part: Relation, swap: Swap, to: string): Relation {
  const { ownedBy, otherColumns } = part;
  return {
    ...part,
    indexColumns: part.indexColumns.map(swap),
    ...(otherColumns ? { otherColumns: otherColumns.map(swap) } : {}),
    ...(ownedBy === undefined ? {} : { ownedBy: `${ownedBy.slice(0, ownedBy.lastIndexOf('.'))}.${to}` }),
  };
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
  const retyped = types.reduce((next, name) => renameTypeName(next, name, `${to}.${bareName(name)}`), result);
  return moveRoutines(retyped, from, to);
}

function renameTypeName(catalog: Catalog, from: string, to: string): Catalog {
  const types = new Map([...catalog.types].map(([name, facts]) => [name === from ? to : name, facts]));
  return relationsOfType(catalog, from).reduce<Catalog>(
    (result, { name }) => changeRelation(result, name, (relation) => retype(relation, from, to)),
    { ...catalog, types },
  );
}

function retype(relation: Relation, from: string, to: string): Relation {
  // The server names its own types without their schema.
  const shown = schemaOf(to) === 'pg_catalog' ? bareName(to) : to;
  const swap = (type: string): string =>
    type === from || type === `${from}[]` ? type.replace(from, shown) : type;
  return {
    ...relation,
    columns: relation.columns.map((column) => ({ ...column, type: swap(column.type) })),
    ...(relation.typeOf === undefined ? {} : { typeOf: swap(relation.typeOf) }),
  };
}
