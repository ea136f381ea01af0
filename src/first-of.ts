/** The first items of something long, which is gone through no further. Node has Iterator.take from 22 on; the command line runs on 20 too. */
export function firstOf<T>(items: Iterable<T>, count: number): readonly T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length >= count) break;
    taken.push(item);
  }
  return taken;
}
