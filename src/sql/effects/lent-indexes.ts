import type { Catalog } from '../catalog.ts';
import { partsOfIndex } from '../graph.ts';

/** Of each partition the index of its own that a new index of its parent took for its part. */
export function lentIndexes(before: Catalog, after: Catalog, index: string): ReadonlyMap<string, string> {
  const lent = new Map<string, string>();
  if (after === before) return lent;
  const open = [index];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const { name, table } of partsOfIndex(after, next)) {
      if (before.relations.has(name)) lent.set(table ?? '', name);
      else open.push(name);
    }
  return lent;
}
