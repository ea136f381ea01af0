import type { Catalog, Relation } from '../catalog.ts';
import { indexesOf } from '../graph.ts';

/** The index of a partition's own that becomes the part of its parent's index, since it is alike (CompareIndexInfo); a key takes only one that carries a key. */
export function lentIndex(
  catalog: Catalog,
  index: Relation,
  partition: string,
  isKey: boolean,
): Relation | undefined {
  const constraints = catalog.relations.get(partition)?.constraints ?? [];
  const carriesKey = ({ name }: Relation): boolean => constraints.some((own) => own.index === name);
  return indexesOf(catalog, partition).find(
    (own) => own.parents.length === 0 && shapeOf(own) === shapeOf(index) && (!isKey || carriesKey(own)),
  );
}

function shapeOf({ indexColumns, unique, method, predicate }: Relation): string {
  return JSON.stringify([indexColumns, unique, method, predicate]);
}
