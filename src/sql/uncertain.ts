import type { Catalog, Relation } from './catalog.ts';
import { relationsWith } from './links.ts';

/** A relation that may be in use, and of any size. */
function maybeInUse(relation: Relation): Relation {
  return { ...relation, isNew: false, rows: undefined, bytes: undefined };
}

/** Goes back to an earlier schema. A relation stays new only if it is in both views; what a transaction does not undo is kept. */
export function wentBack(earlier: Catalog, later: Catalog): Catalog {
  const { prepared: _, ...schema } = earlier;
  let { relations } = earlier;
  if (relations !== later.relations)
    for (const relation of earlier.relations.values())
      if (relation.isNew && later.relations.get(relation.name)?.isNew === false)
        relations = relationsWith(relations, maybeInUse(relation));
  const { prepared } = later;
  const complete = earlier.complete && later.complete;
  return { ...schema, relations, complete, ...(prepared === undefined ? {} : { prepared }) };
}

/**
 * The schema after code that may not have run: what stood before stands still, beside what the code makes, and what it
 * makes may be there already where the catalog is not complete.
 */
export function perhapsAfter(before: Catalog, after: Catalog): Catalog {
  if (before.relations === after.relations) return after;
  let { relations } = after;
  for (const relation of before.relations.values())
    if (!relation.isNew && relations.get(relation.name)?.isNew !== false)
      relations = relationsWith(relations, relation);
  if (after.complete) return { ...after, relations };
  for (const relation of after.relations.values())
    if (relation.isNew && !before.relations.has(relation.name))
      relations = relationsWith(relations, maybeInUse(relation));
  return { ...after, relations };
}
