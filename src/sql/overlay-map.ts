/** A map's own entries, and those that replaced or joined them since. */
type Layers<V> = { readonly base: ReadonlyMap<string, V>; readonly changes: ReadonlyMap<string, V> };

/** What a map made here stands on. */
const layers = new WeakMap<ReadonlyMap<string, unknown>, Layers<unknown>>();

/**
 * The map with one more or one changed entry; the given one stays as it is. It copies about the square root of the
 * map's size, not all of it, so that a schema of thousands of tables can be built statement by statement.
 */
export function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  const { base, changes } = (layers.get(map) as Layers<V> | undefined) ?? { base: map, changes: new Map() };
  const next = { base, changes: new Map(changes).set(key, value) };
  const made = overlay(next);
  if (next.changes.size ** 2 > 64 + base.size) return new Map(made);
  layers.set(made, next);
  return made;
}

function overlay<V>({ base, changes }: Layers<V>): ReadonlyMap<string, V> {
  const added = [...changes.keys()].filter((key) => !base.has(key));
  function* entries(): Generator<[string, V], undefined, unknown> {
    for (const [key, value] of base) yield [key, changes.has(key) ? (changes.get(key) as V) : value];
    for (const key of added) yield [key, changes.get(key) as V];
  }
  const map: ReadonlyMap<string, V> = {
    size: base.size + added.length,
    get: (key) => (changes.has(key) ? changes.get(key) : base.get(key)),
    has: (key) => changes.has(key) || base.has(key),
    entries,
    keys: () => entries().map(([key]) => key),
    values: () => entries().map(([, value]) => value),
    [Symbol.iterator]: entries,
    forEach: (visit) => {
      for (const [key, value] of entries()) visit(value, key, map);
    },
  };
  return map;
}
