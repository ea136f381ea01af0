/** `order` says when the key came, counted from 0. */
type Entry<V> = { readonly key: string; readonly value: V; readonly order: number };

/** Entries, or, where they have become too many, 16 nodes by the next four bits of the hash. */
type Node<V> = {
  readonly entries: readonly Entry<V>[];
  readonly nodes: readonly Node<V>[] | undefined;
};

type PersistentMap<V> = ReadonlyMap<string, V> & {
  readonly root: Node<V>;
  /** The order of the entry that comes next. */
  readonly next: number;
};

/**
 * The map with one more or one changed entry; the given one stays as it is. Both share all but a few nodes, so that a
 * schema of thousands of tables is built statement by statement, at a cost that does not grow with it.
 */
export function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  const from = persistent(map);
  const hash = hashOf(key);
  const order = find(from.root, key, hash)?.order ?? from.next;
  const isNew = order === from.next;
  const root = put(from.root, { key, value, order }, hash, 0);
  return mapOf(root, isNew ? from.size + 1 : from.size, isNew ? from.next + 1 : from.next);
}

/** The map without an entry, at the same cost. */
export function withoutEntry<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map;
  const from = persistent(map);
  return mapOf(remove(from.root, key, hashOf(key), 0), from.size - 1, from.next);
}

const EMPTY: Node<never> = { entries: [], nodes: undefined };
const BITS = 4;
const WIDTH = 1 << BITS;
const FULL = 16;

/** Maps that were made elsewhere, as this module has them. */
const converted = new WeakMap<ReadonlyMap<string, unknown>, PersistentMap<unknown>>();

function persistent<V>(map: ReadonlyMap<string, V>): PersistentMap<V> {
  if (Object.getPrototypeOf(map) === METHODS) return map as PersistentMap<V>;
  const known = converted.get(map) as PersistentMap<V> | undefined;
  if (known !== undefined) return known;
  let root: Node<V> = EMPTY;
  let order = 0;
  for (const [key, value] of map) {
    root = put(root, { key, value, order }, hashOf(key), 0);
    order += 1;
  }
  const made = mapOf(root, map.size, order);
  converted.set(map, made);
  return made;
}

/** FNV-1a over the UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}

function find<V>(root: Node<V>, key: string, hash: number): Entry<V> | undefined {
  let node = root;
  for (let shift = 0; node.nodes !== undefined; shift += BITS)
    node = node.nodes[(hash >>> shift) & (WIDTH - 1)] as Node<V>;
  for (const entry of node.entries) if (entry.key === key) return entry;
  return undefined;
}

function put<V>({ entries, nodes }: Node<V>, entry: Entry<V>, hash: number, shift: number): Node<V> {
  if (nodes !== undefined) return within(nodes, hash, shift, (node) => put(node, entry, hash, shift + BITS));
  const at = entries.findIndex(({ key }) => key === entry.key);
  if (at >= 0) return { entries: entries.with(at, entry), nodes };
  // Spread, it would get room for 16 more, and there are as many of these lists as relations.
  const all = entries.concat(entry);
  // With all bits of the hash used up, the keys are told apart one by one.
  return all.length <= FULL || shift >= 32 ? { entries: all, nodes } : split(all, shift);
}

function remove<V>({ entries, nodes }: Node<V>, gone: string, hash: number, shift: number): Node<V> {
  return nodes === undefined
    ? { entries: entries.filter(({ key }) => key !== gone), nodes }
    : within(nodes, hash, shift, (node) => remove(node, gone, hash, shift + BITS));
}

function within<V>(
  nodes: readonly Node<V>[],
  hash: number,
  shift: number,
  change: (node: Node<V>) => Node<V>,
): Node<V> {
  const at = (hash >>> shift) & (WIDTH - 1);
  return { entries: EMPTY.entries, nodes: nodes.with(at, change(nodes[at] as Node<V>)) };
}

function split<V>(entries: readonly Entry<V>[], shift: number): Node<V> {
  const nodes: Node<V>[] = new Array(WIDTH).fill(EMPTY);
  for (const entry of entries) {
    const hash = hashOf(entry.key);
    const at = (hash >>> shift) & (WIDTH - 1);
    nodes[at] = put(nodes[at] as Node<V>, entry, hash, shift + BITS);
  }
  return { entries: EMPTY.entries, nodes };
}

/** In the order in which the keys came, as a Map has them. Entries of one node are in that order already. */
function inOrder<V>(root: Node<V>): readonly Entry<V>[] {
  if (root.nodes === undefined) return root.entries;
  const found: Entry<V>[] = [];
  const gather = ({ entries, nodes }: Node<V>): void => {
    for (const entry of entries) found.push(entry);
    for (const node of nodes ?? []) gather(node);
  };
  gather(root);
  return found.sort((a, b) => a.order - b.order);
}

function mapOf<V>(root: Node<V>, size: number, next: number): PersistentMap<V> {
  // Not Object.create, whose objects keep their members in a second object.
  return { __proto__: METHODS, root, size, next } as unknown as PersistentMap<V>;
}

/** One prototype for all: a map is made for every statement, and a closure for each method of each would cost more than the change. */
const METHODS: ThisType<PersistentMap<unknown>> & Omit<ReadonlyMap<string, unknown>, 'size'> = {
  get(key) {
    return find(this.root, key, hashOf(key))?.value;
  },
  has(key) {
    return find(this.root, key, hashOf(key)) !== undefined;
  },
  keys() {
    return inOrder(this.root)
      .map(({ key }) => key)
      .values();
  },
  values() {
    return inOrder(this.root)
      .map(({ value }) => value)
      .values();
  },
  entries() {
    return inOrder(this.root)
      .map(({ key, value }): [string, unknown] => [key, value])
      .values();
  },
  [Symbol.iterator]() {
    return this.entries();
  },
  forEach(visit) {
    for (const { key, value } of inOrder(this.root)) visit(value, key, this);
  },
};
