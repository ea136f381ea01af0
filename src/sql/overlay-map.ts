/** A map's own entries, and those that replaced, joined or left them since. */
type Layers<V> = {
  readonly base: ReadonlyMap<string, V>;
  readonly changes: ReadonlyMap<string, V | typeof GONE>;
};

const GONE = Symbol('gone');

/** What a map made here stands on. */
const layers = new WeakMap<ReadonlyMap<string, unknown>, Layers<unknown>>();

/**
 * The map with one more or one changed entry; the given one stays as it is. It copies about the square root of the
 * map's size, not all of it, so that a schema of thousands of tables can be built statement by statement.
 */
export function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return changed(map, key, value);
}

/** The map without an entry, at the same cost. */
export function withoutEntry<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  return map.has(key) ? changed(map, key, GONE) : map;
}

function changed<V>(
  map: ReadonlyMap<string, V>,
  key: string,
  value: V | typeof GONE,
): ReadonlyMap<string, V> {
  const { base, changes } = (layers.get(map) as Layers<V> | undefined) ?? { base: map, changes: new Map() };
  const next = { base, changes: new Map(changes).set(key, value) };
  const made = overlay(next);
  if (next.changes.size ** 2 > 64 + base.size) return new Map(made);
  layers.set(made, next);
  return made;
}

function overlay<V>({ base, changes }: Layers<V>): ReadonlyMap<string, V> {
  const added = [...changes].filter(([key, value]) => !base.has(key) && value !== GONE).map(([key]) => key);
  const lost = [...changes].filter(([key, value]) => base.has(key) && value === GONE).length;
  const get = (key: string): V | undefined => {
    const value = changes.has(key) ? changes.get(key) : base.get(key);
    return value === GONE ? undefined : (value as V | undefined);
  };
  function* entries(): Generator<[string, V], undefined, unknown> {
    for (const [key, value] of base) {
      const own = changes.has(key) ? changes.get(key) : value;
      if (own !== GONE) yield [key, own as V];
    }
    for (const key of added) yield [key, changes.get(key) as V];
  }
  const map: ReadonlyMap<string, V> = {
    size: base.size + added.length - lost,
    get,
    has: (key) => (changes.has(key) ? changes.get(key) !== GONE : base.has(key)),
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
