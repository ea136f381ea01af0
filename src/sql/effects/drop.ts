import type { DropStmt } from '@pgsql/types';
import type { RelationEffect } from '../effect.ts';
import { childrenOf, foreignKeysOf, foreignKeysTo, indexesOf, partsOfIndex, readersOf } from '../graph.ts';
import { listedName, resolve, schemaOf, strings } from '../names.ts';
import { familyOf, isSeen, known, type Touches, touch, type Work } from './touch.ts';

type Drop = (names: readonly string[], node: DropStmt, work: Work) => Touches;

const LOCK = 'AccessExclusiveLock';

const KINDS: Readonly<Record<string, Drop>> = {
  OBJECT_TABLE: dropTables,
  OBJECT_FOREIGN_TABLE: dropTables,
  OBJECT_VIEW: dropOthers,
  OBJECT_MATVIEW: dropOthers,
  OBJECT_SEQUENCE: dropOthers,
  OBJECT_INDEX: dropIndexes,
  OBJECT_SCHEMA: dropSchemas,
  OBJECT_TRIGGER: dropPart,
  OBJECT_RULE: dropPart,
  OBJECT_POLICY: dropPart,
};

/** Kinds whose removal locks no relation, as long as nothing depends on them. */
const DETACHED: ReadonlySet<string> = new Set([
  'OBJECT_TYPE',
  'OBJECT_DOMAIN',
  'OBJECT_FUNCTION',
  'OBJECT_PROCEDURE',
  'OBJECT_ROUTINE',
  'OBJECT_AGGREGATE',
  'OBJECT_OPERATOR',
  'OBJECT_COLLATION',
  'OBJECT_CAST',
  'OBJECT_EXTENSION',
  'OBJECT_PUBLICATION',
  'OBJECT_EVENT_TRIGGER',
]);

export function drop(node: DropStmt, work: Work): Touches {
  const type = node.removeType ?? '';
  const handler = KINDS[type];
  if (handler !== undefined) {
    const names = (node.objects ?? []).map((object) => listedName(work.catalog, object));
    if (handler === dropPart) return dropPart(names, node, work);
    const existing =
      node.missing_ok && work.catalog.complete ? names.filter((name) => known(work, name)) : names;
    return handler(existing, node, work);
  }
  // With CASCADE whatever depends on the object goes too, and the catalog does not tell what does.
  return DETACHED.has(type) && node.behavior !== 'DROP_CASCADE' ? [] : undefined;
}

/** A table goes with its partitions; referenced tables lose triggers, a partition's parent and default partition change (heap_drop_with_catalog). */
function dropTables(names: readonly string[], node: DropStmt, work: Work): Touches {
  const isCascade = node.behavior === 'DROP_CASCADE';
  const gone = new Set(
    names.flatMap((name) =>
      isCascade || !work.catalog.complete ? familyOf(work, name) : partitionsOf(work, name),
    ),
  );
  return [...gone].flatMap((name) => [
    touch(work, name, LOCK, 'it is dropped', { dataLoss: true }),
    ...indexesOf(work.catalog, name).map((index) =>
      touch(work, index.name, LOCK, 'it is dropped with its table'),
    ),
    ...foreignKeysOf(known(work, name)).flatMap(({ references }) =>
      familyOf(work, references ?? '').map((parent) =>
        touch(work, parent, LOCK, `the foreign key of ${name} is dropped`),
      ),
    ),
    ...partitionedParents(work, name),
    ...(isCascade ? dependents(work, name) : []),
  ]);
}

function partitionsOf(work: Work, name: string): readonly string[] {
  return known(work, name)?.kind === 'partitioned table' ? familyOf(work, name) : [name];
}

function partitionedParents(work: Work, name: string): readonly RelationEffect[] {
  const parents = (known(work, name)?.parents ?? []).filter(
    (parent) => known(work, parent)?.kind === 'partitioned table',
  );
  return parents.flatMap((parent) => [
    touch(work, parent, LOCK, `its partition ${name} is dropped`),
    ...childrenOf(work.catalog, parent)
      .filter(({ isDefaultPartition }) => isDefaultPartition)
      .map((sister) => touch(work, sister.name, LOCK, 'its bound changes')),
  ]);
}

/** What CASCADE takes with a table: views, and other tables' foreign keys. */
function dependents(work: Work, name: string): readonly RelationEffect[] {
  const views = readersOf(work.catalog, new Set([name])).map((view) =>
    touch(work, view.name, LOCK, 'CASCADE drops it', { dataLoss: view.kind === 'materialized view' }),
  );
  const keys = foreignKeysTo(work.catalog, name).map(({ table }) =>
    touch(work, table.name, LOCK, 'CASCADE drops its foreign key'),
  );
  return [...views, ...keys];
}

function dropOthers(names: readonly string[], node: DropStmt, work: Work): Touches {
  const cascade = node.behavior === 'DROP_CASCADE' ? names.flatMap((name) => dependents(work, name)) : [];
  const indexes = names.flatMap((name) => indexesOf(work.catalog, name));
  return [
    ...names.map((name) => touch(work, name, LOCK, 'it is dropped')),
    ...indexes.map(({ name }) => touch(work, name, LOCK, 'it is dropped with its view')),
    ...cascade,
  ];
}

/** Everybody on the table waits for a moment; CONCURRENTLY only other DDL does. An index of a partitioned table goes on every partition. */
function dropIndexes(names: readonly string[], node: DropStmt, work: Work): Touches {
  const lock = node.concurrent ? 'ShareUpdateExclusiveLock' : LOCK;
  const all = names.flatMap((name) => [name, ...partsOfIndex(work.catalog, name).map((part) => part.name)]);
  return all.flatMap((name) => {
    const table = known(work, name)?.table;
    const index = { ...touch(work, name, lock, 'it is dropped'), kind: 'index' as const };
    return table === undefined ? [index] : [index, touch(work, table, lock, 'its index is dropped')];
  });
}

function dropSchemas(_: readonly string[], node: DropStmt, work: Work): Touches {
  const schemas = new Set(strings(node.objects));
  const inside = [...work.catalog.relations.values()].filter(({ name }) => schemas.has(schemaOf(name)));
  const tables = inside.filter(({ kind }) => kind !== 'index').map(({ name }) => name);
  if (!work.catalog.complete && tables.length === 0) return undefined;
  return dropTables(tables, node, work)?.map((effect) => {
    if (!isSeen(effect)) return effect;
    const kind = known(work, effect.relation)?.kind;
    return kind === 'view' || kind === 'sequence' ? { ...effect, dataLoss: false } : effect;
  });
}

function dropPart(_: readonly string[], node: DropStmt, work: Work): Touches {
  return (node.objects ?? []).map((object) => {
    const parts = 'List' in object ? strings(object.List.items) : [];
    return touch(work, resolve(work.catalog, parts.slice(0, -1)), LOCK, 'a part of it is dropped');
  });
}
