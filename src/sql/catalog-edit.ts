import type { Catalog, Constraint, Relation } from './catalog.ts';
import type { RelationKind } from './effect.ts';
import { descendants, indexesOf, readersOf } from './graph.ts';
import { relationsWith } from './links.ts';

/** An empty relation, new in the judged change. */
export function newRelation(name: string, kind: RelationKind, parts: Partial<Relation> = {}): Relation {
  return {
    name,
    kind,
    columns: [],
    constraints: [],
    parents: [],
    table: undefined,
    indexColumns: [],
    unique: false,
    rows: 0,
    bytes: 0,
    isNew: true,
    ...parts,
  };
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
  return { ...relation, constraints: [...relation.constraints, constraint] };
}

/** Removes relations with what cannot live without them: indexes, partitions, and (as CASCADE would) views and foreign keys. */
export function withoutRelations(catalog: Catalog, names: readonly string[]): Catalog {
  const gone = new Set(names);
  for (const name of names) {
    for (const child of descendants(catalog, name)) gone.add(child.name);
  }
  for (const reader of readersOf(catalog, gone)) gone.add(reader.name);
  for (const name of [...gone]) for (const index of indexesOf(catalog, name)) gone.add(index.name);
  const kept = [...catalog.relations.values()].filter(({ name }) => !gone.has(name));
  const relations = new Map(kept.map((relation) => [relation.name, forget(relation, gone)]));
  return { ...catalog, relations };
}

/** Renames a relation and every mention of it. */
export function renameRelation(catalog: Catalog, from: string, to: string): Catalog {
  const swap = (name: string): string => (name === from ? to : name);
  const relations = [...catalog.relations.values()].map((relation): [string, Relation] => {
    if (!mentions(relation, from)) return [relation.name, relation];
    const renamed = mapMentions(relation, swap);
    return [renamed.name, renamed];
  });
  return { ...catalog, relations: new Map(relations) };
}

/** The catalog as the start of a change: what earlier statements made is no longer new, and its size is not known. */
export function settled(catalog: Catalog): Catalog {
  const relations = [...catalog.relations.values()].map((relation): [string, Relation] => [
    relation.name,
    relation.isNew ? { ...relation, isNew: false, rows: undefined, bytes: undefined } : relation,
  ]);
  return { ...catalog, relations: new Map(relations) };
}

function forget(relation: Relation, gone: ReadonlySet<string>): Relation {
  const lostKey = relation.constraints.some(({ references }) => gone.has(references ?? ''));
  if (!lostKey) return relation;
  const constraints = relation.constraints.filter(({ references }) => !gone.has(references ?? ''));
  return { ...relation, constraints };
}

function mentions(relation: Relation, name: string): boolean {
  return (
    relation.name === name ||
    relation.table === name ||
    relation.parents.includes(name) ||
    relation.reads?.includes(name) === true ||
    relation.constraints.some(({ references }) => references === name)
  );
}

function mapMentions(relation: Relation, swap: (name: string) => string): Relation {
  return {
    ...relation,
    name: swap(relation.name),
    table: relation.table === undefined ? undefined : swap(relation.table),
    parents: relation.parents.map(swap),
    ...(relation.reads === undefined ? {} : { reads: relation.reads.map(swap) }),
    ...(relation.readColumns === undefined
      ? {}
      : { readColumns: new Map([...relation.readColumns].map(([name, read]) => [swap(name), read])) }),
    constraints: relation.constraints.map((constraint) => ({
      ...constraint,
      references: constraint.references === undefined ? undefined : swap(constraint.references),
    })),
  };
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
