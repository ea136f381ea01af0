import type { DropStmt, Node } from '@pgsql/types';
import type { Catalog, Column, Relation, Routine } from '../catalog.ts';
import { changeRelation, withoutRelations } from '../catalog-edit.ts';
import { callersOf, drawersOf, relationsOfType } from '../graph.ts';
import { calledIn, sequenceOf } from '../mentions.ts';
import { bareName, listedName, resolve, schemaOf, strings } from '../names.ts';
import { splitType } from '../types.ts';
import { dropPublication, dropStatistics } from './objects.ts';
import { dropRoutine, namedRoutines, withRoutines } from './routines.ts';
import { withPolicies } from './simple-relations.ts';
import { changeTriggers, dropRule, dropTrigger } from './triggers.ts';

type Drop = (catalog: Catalog, object: Node, cascade: boolean) => Catalog;

const dropRelation: Drop = (catalog, object, cascade) => {
  const name = listedName(catalog, object);
  const isSequence = cascade && catalog.relations.get(name)?.kind === 'sequence';
  return withoutRelations(isSequence ? withoutDraws(catalog, name) : catalog, [name]);
};

const dropType: Drop = (catalog, object, cascade) => {
  const name = listedName(catalog, object);
  const types = new Map([...catalog.types].filter(([type]) => type !== name));
  return cascade ? withoutType({ ...catalog, types }, name) : { ...catalog, types };
};

const dropFunction: Drop = (catalog, object, cascade) =>
  dropRoutine(cascade ? withoutCalls(catalog, namedRoutines(catalog, object).name) : catalog, object);

/** Objects that stand in a relation: the relation's name is all but the last part. */
const inRelation =
  (drop: (catalog: Catalog, table: string, name: string) => Catalog): Drop =>
  (catalog, object) => {
    const parts = 'List' in object ? strings(object.List.items) : [];
    return drop(catalog, resolve(catalog, parts.slice(0, -1)), parts.at(-1) ?? '');
  };

const KINDS: Readonly<Record<string, Drop>> = {
  OBJECT_TABLE: dropRelation,
  OBJECT_INDEX: dropRelation,
  OBJECT_VIEW: dropRelation,
  OBJECT_MATVIEW: dropRelation,
  OBJECT_SEQUENCE: dropRelation,
  OBJECT_FOREIGN_TABLE: dropRelation,
  OBJECT_TYPE: dropType,
  OBJECT_DOMAIN: dropType,
  OBJECT_FUNCTION: dropFunction,
  OBJECT_PROCEDURE: dropFunction,
  OBJECT_ROUTINE: dropFunction,
  OBJECT_AGGREGATE: dropFunction,
  OBJECT_TRIGGER: inRelation(dropTrigger),
  OBJECT_RULE: inRelation(dropRule),
  OBJECT_POLICY: inRelation((catalog, table, name) =>
    withPolicies(catalog, table, (names) => names.filter((found) => found !== name)),
  ),
  OBJECT_STATISTIC_EXT: (catalog, object) => dropStatistics(catalog, listedName(catalog, object)),
  OBJECT_PUBLICATION: (catalog, object) => dropPublication(catalog, strings([object])[0] ?? ''),
};

export function applyDrop(catalog: Catalog, { removeType, objects = [], behavior }: DropStmt): Catalog {
  if (removeType === 'OBJECT_SCHEMA') return dropSchemas(catalog, new Set(strings(objects)));
  if (removeType === 'OBJECT_LANGUAGE' || removeType === 'OBJECT_EXTENSION')
    return dropLanguages(catalog, new Set(strings(objects)));
  const drop = KINDS[removeType ?? ''];
  if (drop === undefined) return catalog;
  return objects.reduce((result, object) => drop(result, object, behavior === 'DROP_CASCADE'), catalog);
}

/** CASCADE takes the defaults that draw from a sequence. */
function withoutDraws(catalog: Catalog, sequence: string): Catalog {
  return drawersOf(catalog, sequence).reduce(
    (result, { name }) =>
      changeRelation(result, name, (table) =>
        withoutDefaults(table, (column) => sequenceOf(column) === bareName(sequence)),
      ),
    catalog,
  );
}

function withoutDefaults(table: Relation, isGone: (column: Column) => boolean): Relation {
  const columns = table.columns.map((column) =>
    column.default !== undefined && isGone(column) ? { ...column, default: undefined } : column,
  );
  return { ...table, columns };
}

/** CASCADE takes the columns of a type, and the tables made of it. */
function withoutType(catalog: Catalog, type: string): Catalog {
  return relationsOfType(catalog, type).reduce((result, { name, kind, typeOf, columns }) => {
    if (typeOf === type || kind.endsWith('view')) return withoutRelations(result, [name]);
    const gone = new Set(
      columns.filter((column) => splitType(column.type).base === type).map((column) => column.name),
    );
    return changeRelation(result, name, (table) => ({
      ...table,
      columns: table.columns.filter((column) => !gone.has(column.name)),
      constraints: table.constraints.filter(
        (constraint) => !constraint.columns.some((column) => gone.has(column)),
      ),
    }));
  }, catalog);
}

/** CASCADE takes what calls a function: triggers, defaults, CHECKs, indexes, views. */
function withoutCalls(catalog: Catalog, routine: string): Catalog {
  const calls = (text: string | undefined): boolean => calledIn(text).includes(bareName(routine));
  return callersOf(catalog, routine).reduce((result, { name, kind, ...relation }) => {
    const isGone = kind === 'index' || (kind.endsWith('view') && relation.calls?.includes(routine));
    if (isGone) return withoutRelations(result, [name]);
    const kept = changeTriggers(result, name, (all) => all.filter((trigger) => trigger.function !== routine));
    return changeRelation(kept, name, (table) => ({
      ...withoutDefaults(table, (column) => calls(column.default)),
      constraints: table.constraints.filter(({ expression }) => !calls(expression)),
    }));
  }, catalog);
}

/** A language goes with its functions, as CASCADE would have it; the extension that brought it is called the same. */
function dropLanguages(catalog: Catalog, languages: ReadonlySet<string>): Catalog {
  const isGone = ({ language }: Routine): boolean => languages.has(language);
  return [...(catalog.routines ?? [])].reduce((result, [name, all]) => {
    if (!all.some(isGone)) return result;
    const kept = all.filter((routine) => !isGone(routine));
    const cut = kept.length > 0 ? result : withoutCalls(result, name);
    return withRoutines(cut, name, kept);
  }, catalog);
}

function dropSchemas(catalog: Catalog, schemas: ReadonlySet<string>): Catalog {
  const inside = (names: Iterable<string>): readonly string[] =>
    [...names].filter((name) => schemas.has(schemaOf(name)));
  const types = inside(catalog.types.keys()).reduce(withoutType, catalog);
  const calls = inside(catalog.functions.keys()).reduce(withoutCalls, types);
  const draws = inside(calls.relations.keys()).filter(
    (name) => calls.relations.get(name)?.kind === 'sequence',
  );
  const result = withoutRelations(draws.reduce(withoutDraws, calls), inside(calls.relations.keys()));
  const kept = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...map].filter(([name]) => !schemas.has(schemaOf(name))));
  return {
    ...result,
    types: kept(catalog.types),
    functions: kept(catalog.functions),
    ...(catalog.routines === undefined ? {} : { routines: kept(catalog.routines) }),
  };
}
