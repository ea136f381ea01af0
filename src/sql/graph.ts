import type { Catalog, Constraint, Relation } from './catalog.ts';

/** Partitions and inheritance children of a relation, grandchildren included. */
export function descendants(catalog: Catalog, name: string): readonly Relation[] {
  const found = new Map<string, Relation>();
  // What was found already is not followed again: SQL that no server takes can make a circle.
  const follow = (parent: string): void => {
    for (const child of childrenOf(catalog, parent)) {
      if (child.name === name || found.has(child.name)) continue;
      found.set(child.name, child);
      follow(child.name);
    }
  };
  follow(name);
  return [...found.values()];
}

/** The relations behind a view, through other views down to what holds rows, views included. */
export function readThrough(catalog: Catalog, view: string): readonly string[] {
  const found = new Set<string>();
  const follow = (name: string): void => {
    const relation = catalog.relations.get(name);
    if (relation?.kind !== 'view') return;
    for (const read of relation.reads ?? []) {
      if (found.has(read)) continue;
      found.add(read);
      follow(read);
    }
  };
  follow(view);
  return [...found];
}

export function childrenOf(catalog: Catalog, name: string): readonly Relation[] {
  return [...catalog.relations.values()].filter(
    (relation) => relation.kind !== 'index' && relation.parents.includes(name),
  );
}

export function indexesOf(catalog: Catalog, table: string): readonly Relation[] {
  return [...catalog.relations.values()].filter(
    (relation) => relation.kind === 'index' && relation.table === table,
  );
}

export type ForeignKey = { readonly table: Relation; readonly constraint: Constraint };

/** Foreign keys of other tables, or of itself, that point at this table. */
export function foreignKeysTo(catalog: Catalog, table: string): readonly ForeignKey[] {
  return [...catalog.relations.values()].flatMap((relation) =>
    relation.constraints
      .filter((constraint) => constraint.kind === 'foreign key' && constraint.references === table)
      .map((constraint) => ({ table: relation, constraint })),
  );
}

export function foreignKeysOf(relation: Relation | undefined): readonly Constraint[] {
  return (relation?.constraints ?? []).filter((constraint) => constraint.kind === 'foreign key');
}

/** Views and materialized views whose query reads one of these relations, and those that read them in turn. */
export function readersOf(catalog: Catalog, names: ReadonlySet<string>): readonly Relation[] {
  const found = [...catalog.relations.values()].filter(
    (relation) => !names.has(relation.name) && relation.reads?.some((name) => names.has(name)),
  );
  if (found.length === 0) return [];
  return [...found, ...readersOf(catalog, new Set([...names, ...found.map(({ name }) => name)]))];
}

/** The columns of a table's primary key. */
export function primaryKey(relation: Relation | undefined): readonly string[] {
  return relation?.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
}
