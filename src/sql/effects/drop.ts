import type { DropStmt, Node } from '@pgsql/types';
import { namedRoutines } from '../apply/routines.ts';
import type { Relation } from '../catalog.ts';
import { descendants, partsOfIndex, tablesOf } from '../graph.ts';
import { listedName, resolve, schemaOf, strings } from '../names.ts';
import {
  dropInside,
  dropRelation,
  dropRoutine,
  dropSequence,
  dropType,
  startClosure,
} from './drop-closure.ts';
import { known, type Touch, type Touches, touch, UNSEEN, type Work } from './touch.ts';

type Drop = (objects: readonly Node[], node: DropStmt, work: Work) => Touches;

const LOCK = 'AccessExclusiveLock';

const KINDS: Readonly<Record<string, Drop>> = {
  OBJECT_TABLE: dropRelations,
  OBJECT_FOREIGN_TABLE: dropRelations,
  OBJECT_VIEW: dropRelations,
  OBJECT_MATVIEW: dropRelations,
  OBJECT_SEQUENCE: dropRelations,
  OBJECT_INDEX: dropIndexes,
  OBJECT_SCHEMA: dropSchemas,
  OBJECT_TYPE: dropTypes,
  OBJECT_DOMAIN: dropTypes,
  OBJECT_FUNCTION: dropRoutines,
  OBJECT_PROCEDURE: dropRoutines,
  OBJECT_ROUTINE: dropRoutines,
  OBJECT_AGGREGATE: dropRoutines,
  OBJECT_TRIGGER: dropTriggers,
  OBJECT_RULE: dropPart(({ rules }) => rules?.map(({ name }) => name)),
  OBJECT_POLICY: dropPart(({ policies }) => policies),
  OBJECT_STATISTIC_EXT: dropStatistics,
  OBJECT_EXTENSION: dropLanguage,
  OBJECT_LANGUAGE: dropLanguage,
};

/** Kinds that no relation depends on. */
const DETACHED: ReadonlySet<string> = new Set([
  'OBJECT_PUBLICATION',
  'OBJECT_EVENT_TRIGGER',
  'OBJECT_TRANSFORM',
  'OBJECT_TSPARSER',
  'OBJECT_TSTEMPLATE',
]);

/** Kinds whose users the catalog does not tell: casts, operators, collations, foreign servers and the like. */
export function drop(node: DropStmt, work: Work): Touches {
  const type = node.removeType ?? '';
  const handler = KINDS[type];
  if (handler !== undefined) return handler(node.objects ?? [], node, work);
  return node.behavior !== 'DROP_CASCADE' || DETACHED.has(type) ? [] : undefined;
}

/** With IF EXISTS those that exist, as far as that is known. */
function existing(
  objects: readonly Node[],
  { missing_ok: mayMiss }: DropStmt,
  work: Work,
): readonly string[] {
  const names = objects.map((object) => listedName(work.catalog, object));
  return mayMiss && work.catalog.complete ? names.filter((name) => known(work, name)) : names;
}

/** A table goes with its partitions; referenced tables lose triggers, a partition's parent and default partition change (heap_drop_with_catalog). */
function dropRelations(objects: readonly Node[], node: DropStmt, work: Work): Touches {
  const closure = startClosure(work, node.behavior === 'DROP_CASCADE');
  const isSequence = node.removeType === 'OBJECT_SEQUENCE';
  for (const name of existing(objects, node, work)) {
    if (isSequence) dropSequence(closure, name);
    else dropRelation(closure, name);
  }
  return closure.touches;
}

/** Everybody on the table waits for a moment; CONCURRENTLY only other DDL does, the index itself being locked when nobody uses it any more (index_drop). An index of a partitioned table goes on every partition. */
function dropIndexes(objects: readonly Node[], node: DropStmt, work: Work): Touches {
  const onTable = node.concurrent ? 'ShareUpdateExclusiveLock' : LOCK;
  const names = existing(objects, node, work);
  const all = names.flatMap((name) => [name, ...partsOfIndex(work.catalog, name).map((part) => part.name)]);
  return all.flatMap((name) => {
    const table = known(work, name)?.table;
    const index = { ...touch(work, name, LOCK, 'it is dropped'), kind: 'index' as const };
    return table === undefined ? [index] : [index, touch(work, table, onTable, 'its index is dropped')];
  });
}

function dropSchemas(objects: readonly Node[], node: DropStmt, work: Work): Touches {
  const schemas = new Set(strings(objects));
  const closure = startClosure(work, true);
  const isKnown = [...work.catalog.relations.keys()].some((name) => schemas.has(schemaOf(name)));
  // Without CASCADE only an empty one can go.
  if (node.behavior !== 'DROP_CASCADE' && !isKnown) return [];
  if (!work.catalog.complete && !isKnown) return undefined;
  dropInside(closure, schemas);
  return closure.touches;
}

function dropTypes(objects: readonly Node[], { behavior }: DropStmt, work: Work): Touches {
  if (behavior !== 'DROP_CASCADE') return [];
  const closure = startClosure(work, true);
  for (const object of objects) dropType(closure, listedName(work.catalog, object));
  return work.catalog.complete ? closure.touches : [...closure.touches, UNSEEN];
}

function dropRoutines(objects: readonly Node[], { behavior }: DropStmt, work: Work): Touches {
  if (behavior !== 'DROP_CASCADE') return [];
  const closure = startClosure(work, true);
  for (const object of objects) {
    const { name, isNamed } = namedRoutines(work.catalog, object);
    dropRoutine(closure, name, isNamed);
  }
  return work.catalog.complete ? closure.touches : [...closure.touches, UNSEEN];
}

/** A language takes its functions along; what else an extension holds is not known. */
function dropLanguage(
  objects: readonly Node[],
  { behavior, missing_ok: mayMiss }: DropStmt,
  work: Work,
): Touches {
  if (behavior !== 'DROP_CASCADE') return [];
  const languages = new Set(strings(objects));
  const closure = startClosure(work, true);
  for (const [name, overloads] of work.catalog.routines ?? [])
    if (overloads.some(({ language }) => languages.has(language)))
      dropRoutine(closure, name, ({ language }) => languages.has(language));
  const isWhole =
    work.catalog.complete && (mayMiss || languages.size > 0) && [...languages].every(isLanguage);
  return isWhole ? closure.touches : [...closure.touches, UNSEEN];
}

function isLanguage(name: string): boolean {
  return name === 'plpgsql' || name === 'sql';
}

/** Of a relation a trigger, rule or policy. With IF EXISTS one that is not there leaves its relation unlocked. */
function dropPart(partsOf: (relation: Relation) => readonly string[] | undefined): Drop {
  return (objects, { missing_ok: mayMiss }, work) =>
    objects.flatMap((object) => {
      const { table, part } = partIn(object, work);
      const relation = known(work, table);
      const isThere = relation !== undefined && (partsOf(relation) ?? []).includes(part);
      if (mayMiss && work.catalog.complete && !isThere) return [];
      return [touch(work, table, LOCK, 'a part of it is dropped')];
    });
}

function partIn(object: Node, work: Work): { table: string; part: string } {
  const parts = 'List' in object ? strings(object.List.items) : [];
  return { table: resolve(work.catalog, parts.slice(0, -1)), part: parts.at(-1) ?? '' };
}

const dropOwnTrigger = dropPart(({ triggers }) => triggers?.map(({ name }) => name));

/** A row trigger of a partitioned table goes from every partition too. */
function dropTriggers(objects: readonly Node[], node: DropStmt, work: Work): Touches {
  return objects.flatMap((object) => {
    const own = dropOwnTrigger([object], node, work) ?? [];
    const { table, part } = partIn(object, work);
    const isShared = known(work, table)?.triggers?.some(
      ({ name, forEachRow }) => name === part && forEachRow,
    );
    if (known(work, table)?.kind !== 'partitioned table' || !isShared) return own;
    const partitions = descendants(work.catalog, table).map(({ name }) =>
      touch(work, name, LOCK, 'its trigger is dropped'),
    );
    return [...own, ...partitions];
  });
}

function dropStatistics(objects: readonly Node[], { missing_ok: mayMiss }: DropStmt, work: Work): Touches {
  return objects.flatMap((object): readonly Touch[] => {
    const tables = tablesOf(work.catalog, 'statistics', listedName(work.catalog, object));
    if (tables.length === 0) return mayMiss && work.catalog.complete ? [] : [UNSEEN];
    return tables.map(({ name }) =>
      touch(work, name, 'ShareUpdateExclusiveLock', 'its statistics are dropped'),
    );
  });
}
