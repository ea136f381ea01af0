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
