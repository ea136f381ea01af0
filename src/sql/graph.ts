import type { Catalog, Constraint, Relation } from './catalog.ts';
import { type LinkKind, pointersTo } from './links.ts';
import { bareName } from './names.ts';

function pointingAt({ relations }: Catalog, kind: LinkKind, name: string): readonly Relation[] {
  return pointersTo(relations, kind, name)
    .map((found) => relations.get(found))
    .filter((relation) => relation !== undefined);
}

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

export function childrenOf(catalog: Catalog, name: string): readonly Relation[] {
  return pointingAt(catalog, 'heirs', name).filter(({ kind }) => kind !== 'index');
}

/** The partitions' indexes that make up an index of a partitioned table. */
export function partsOfIndex(catalog: Catalog, name: string): readonly Relation[] {
  return pointingAt(catalog, 'heirs', name).filter(({ kind }) => kind === 'index');
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

export function indexesOf(catalog: Catalog, table: string): readonly Relation[] {
  return pointingAt(catalog, 'indexes', table).filter(({ kind }) => kind === 'index');
}

/** The key columns of an index, and those that its expressions, INCLUDE and WHERE read. */
export function columnsOfIndex({ indexColumns, otherColumns }: Relation): readonly string[] {
  return otherColumns === undefined ? indexColumns : [...indexColumns, ...otherColumns];
}

/** Sequences that go with the table, or with one of its columns. */
export function sequencesOf(catalog: Catalog, table: string, column?: string): readonly Relation[] {
  const owned = pointingAt(catalog, 'sequences', table);
  return column === undefined ? owned : owned.filter(({ ownedBy }) => ownedBy === `${table}.${column}`);
}

export type ForeignKey = { readonly table: Relation; readonly constraint: Constraint };

/** Foreign keys of other tables, or of itself, that point at this table. */
export function foreignKeysTo(catalog: Catalog, table: string): readonly ForeignKey[] {
  return pointingAt(catalog, 'referencing', table).flatMap((relation) =>
    foreignKeysOf(relation)
      .filter(({ references }) => references === table)
      .map((constraint) => ({ table: relation, constraint })),
  );
}

export function foreignKeysOf(relation: Relation | undefined): readonly Constraint[] {
  return (relation?.constraints ?? []).filter((constraint) => constraint.kind === 'foreign key');
}

/** Whether two foreign keys are the same but for their name: a partitioned table then takes its partition's over (tryAttachPartitionForeignKey). */
export function sameForeignKey(a: Constraint, b: Constraint): boolean {
  return foreignKeyShape(a) === foreignKeyShape(b);
}

function foreignKeyShape(key: Constraint): string {
  const { columns, references, referencedColumns, onDelete, onUpdate, deferrable, deferred, enforced } = key;
  return JSON.stringify([
    columns,
    references,
    referencedColumns,
    onDelete,
    onUpdate,
    deferrable,
    deferred,
    enforced,
  ]);
}

/** Views and materialized views whose query reads one of these relations, and those that read them in turn. */
export function readersOf(catalog: Catalog, names: ReadonlySet<string>): readonly Relation[] {
  const found = new Map<string, Relation>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop())
    for (const reader of pointingAt(catalog, 'readers', name)) {
      if (names.has(reader.name) || found.has(reader.name)) continue;
      found.set(reader.name, reader);
      open.push(reader.name);
    }
  return [...found.values()];
}

/** As `readersOf` one table, only those that read this column of it. One that nobody knows the columns of counts. */
export function readersOfColumn(catalog: Catalog, table: string, column: string): readonly Relation[] {
  const direct = pointingAt(catalog, 'readers', table).filter(
    ({ readColumns }) => readColumns?.[table]?.includes(column) ?? true,
  );
  const names = new Set(direct.map(({ name }) => name));
  return names.size === 0 ? [] : [...direct, ...readersOf(catalog, names)];
}

/** The columns of a table's primary key. */
export function primaryKey(relation: Relation | undefined): readonly string[] {
  return relation?.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
}

/** Tables made OF a composite type. */
export function typedTables(catalog: Catalog, type: string): readonly Relation[] {
  return pointingAt(catalog, 'typed', type).filter(({ typeOf }) => typeOf === type);
}

/** Relations with columns of a type, of arrays of it, or made of it. */
export function relationsOfType(catalog: Catalog, type: string): readonly Relation[] {
  return pointingAt(catalog, 'typed', type);
}

/** Relations of which a part calls a function of this name, in whatever schema. */
export function callersOf(catalog: Catalog, name: string): readonly Relation[] {
  return pointingAt(catalog, 'callers', bareName(name));
}

/** Tables with a default that draws from a sequence of this name, in whatever schema. */
export function drawersOf(catalog: Catalog, sequence: string): readonly Relation[] {
  return pointingAt(catalog, 'drawers', bareName(sequence));
}

/** The tables that extended statistics are on, or that a publication names. */
export function tablesOf(
  catalog: Catalog,
  kind: 'statistics' | 'publications',
  name: string,
): readonly Relation[] {
  return pointingAt(catalog, kind, name);
}
