import type { Catalog, Constraint, Relation } from './catalog.ts';
import type { RelationKind } from './effect.ts';
import {
  childrenOf,
  descendants,
  foreignKeysTo,
  indexesOf,
  partsOfIndex,
  readersOf,
  sequencesOf,
} from './graph.ts';
import { LINK_KINDS, pointersTo, relationsWith, relationsWithout } from './links.ts';

/** One for all: a large schema has many thousand of them. */
const NONE: readonly never[] = [];

/** An empty relation, new in the judged change. */
export function newRelation(name: string, kind: RelationKind, parts: Partial<Relation> = {}): Relation {
  return {
    name,
    kind,
    columns: NONE,
    constraints: NONE,
    parents: NONE,
    table: undefined,
    indexColumns: NONE,
    unique: false,
    rows: 0,
    bytes: 0,
    isNew: true,
    ...parts,
  };
}

/** Whether a relation that was there before the change has this name: the server refuses another one, and psql goes on after the error. */
export function isTaken({ relations }: Catalog, name: string): boolean {
  return relations.get(name)?.isNew === false;
}

export function withRelation(catalog: Catalog, relation: Relation): Catalog {
  return { ...catalog, relations: relationsWith(catalog.relations, relation) };
}

/** Gives the catalog with one relation changed; unchanged when it is not known. */
export function changeRelation(
  catalog: Catalog,
  name: string,
  change: (relation: Relation) => Relation,
): Catalog {
  const relation = catalog.relations.get(name);
  return relation === undefined ? catalog : withRelation(catalog, change(relation));
}

/** Changes a table and all that inherits from it. */
export function changeFamily(
  catalog: Catalog,
  name: string,
  change: (relation: Relation) => Relation,
): Catalog {
  const family = [name, ...descendants(catalog, name).map((child) => child.name)];
  return family.reduce((result, member) => changeRelation(result, member, change), catalog);
}

export function withConstraint(relation: Relation, constraint: Constraint): Relation {
  return { ...relation, constraints: relation.constraints.concat(constraint) };
}

/** Removes relations with what cannot live without them: indexes, owned sequences, partitions, and (as CASCADE would) views and foreign keys. */
export function withoutRelations(catalog: Catalog, names: readonly string[]): Catalog {
  const gone = new Set(names);
  for (const name of gone)
    for (const child of [...childrenOf(catalog, name), ...partsOfIndex(catalog, name)]) gone.add(child.name);
  for (const reader of readersOf(catalog, gone)) gone.add(reader.name);
  for (const name of [...gone])
    for (const part of [...indexesOf(catalog, name), ...sequencesOf(catalog, name)]) gone.add(part.name);
  const peers = [...gone].flatMap((name) => foreignKeysTo(catalog, name).map(({ table }) => table.name));
  let result = catalog;
  for (const name of gone) result = { ...result, relations: relationsWithout(result.relations, name) };
  const owners = [...gone].flatMap((name) => catalog.relations.get(name)?.table ?? []);
  for (const name of new Set([...peers, ...owners]))
    result = changeRelation(result, name, (relation) => forget(relation, gone));
  return result;
}

/** Renames a relation and every mention of it. */
export function renameRelation(catalog: Catalog, from: string, to: string): Catalog {
  const relation = catalog.relations.get(from);
  if (relation === undefined) return catalog;
  const swap = (name: string): string => (name === from ? to : name);
  const mentioning = new Set(LINK_KINDS.flatMap((kind) => pointersTo(catalog.relations, kind, from)));
  // A key constraint names its index.
  if (relation.table !== undefined) mentioning.add(relation.table);
  mentioning.delete(from);
  const without = { ...catalog, relations: relationsWithout(catalog.relations, from) };
  const renamed = withRelation(without, mapMentions({ ...relation, name: to }, swap));
  return [...mentioning].reduce(
    (result, name) => changeRelation(result, name, (other) => mapMentions(other, swap)),
    renamed,
  );
}

/** The catalog as the start of a change: what earlier statements made is no longer new, and its size is not known. */
export function settled(catalog: Catalog): Catalog {
  const relations = [...catalog.relations.values()].map((relation): [string, Relation] => [
    relation.name,
    relation.isNew ? { ...relation, isNew: false, rows: undefined, bytes: undefined } : relation,
  ]);
  return { ...catalog, relations: new Map(relations) };
}

/** Without foreign keys to what is gone, and without keys whose index is. */
function forget(relation: Relation, gone: ReadonlySet<string>): Relation {
  const constraints = relation.constraints.filter(
    ({ references, index }) => !gone.has(references ?? '') && !gone.has(index ?? ''),
  );
  return constraints.length === relation.constraints.length ? relation : { ...relation, constraints };
}

function mapMentions(relation: Relation, swap: (name: string) => string): Relation {
  const { table, reads, readColumns, ownedBy } = relation;
  return {
    ...relation,
    table: table === undefined ? undefined : swap(table),
    parents: relation.parents.map(swap),
    ...(reads === undefined ? {} : { reads: reads.map(swap) }),
    ...(readColumns === undefined ? {} : { readColumns: swapKeys(readColumns, swap) }),
    ...(ownedBy === undefined ? {} : { ownedBy: swapOwner(ownedBy, swap) }),
    constraints: relation.constraints.map((constraint) => ({
      ...constraint,
      references: constraint.references === undefined ? undefined : swap(constraint.references),
      ...(constraint.index === undefined ? {} : { index: swap(constraint.index) }),
    })),
  };
}

function swapKeys<V>(
  members: Readonly<Record<string, V>>,
  swap: (name: string) => string,
): Record<string, V> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [swap(name), value]));
}

function swapOwner(ownedBy: string, swap: (name: string) => string): string {
  const dot = ownedBy.lastIndexOf('.');
  return `${swap(ownedBy.slice(0, dot))}${ownedBy.slice(dot)}`;
}

/** The schema of a database whose rows are not production's: nobody knows how large or busy its tables are. */
export function withoutSizes(catalog: Catalog): Catalog {
  const relations = new Map<string, Relation>();
  for (const [name, relation] of catalog.relations) {
    const { readsPerSecond: _, writesPerSecond: __, ...rest } = relation;
    relations.set(name, { ...rest, rows: undefined, bytes: undefined });
  }
  return { ...catalog, relations };
}
