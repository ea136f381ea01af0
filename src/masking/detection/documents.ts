import type { SourceType, TypeCategory } from '../source.ts';
import { FEWEST_VALUES } from './by-data.ts';
import { findEmbedded } from './embedded.ts';
import { isEmail } from './validators/patterns.ts';

const MOST_PATHS = 200;
const MOST_VALUES = 1_000;
const DEEPEST = 12;
/** An object with more different members over all documents is a map: its members' names are data. */
const MOST_MEMBERS = 60;
const JSON_SHARE = 0.6;

/** How many of the documents have members whose names are data: addresses and numbers of people, or ids. */
export function dataNames(documents: readonly unknown[]): {
  readonly personal: number;
  readonly ids: number;
} {
  const has = (value: unknown, passes: (name: string) => boolean, depth = 0): boolean => {
    if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
    const named = !Array.isArray(value) && Object.keys(value).some(passes);
    return named || Object.values(value).some((inner) => has(inner, passes, depth + 1));
  };
  const count = (passes: (name: string) => boolean): number =>
    documents.filter((one) => has(one, passes)).length;
  return { personal: count(isPersonalName), ids: count(isId) };
}

const isPersonalName = (name: string): boolean => isEmail(name) || findEmbedded(name).length > 0;
const isId = (name: string): boolean => /^\d{5,}$/.test(name) || /^[0-9a-f-]{16,}$/i.test(name);

/** All values at one path of many documents. */
export type PathValues = {
  readonly path: readonly string[];
  readonly values: ReadonlySet<string>;
  readonly rows: number;
  readonly category: TypeCategory;
  /** Members beside it in its object. */
  readonly siblings: readonly string[];
};

/** Documents among texts; undefined unless at least 60 % of 8 or more are objects or arrays. */
export function parseDocuments(values: readonly string[]): readonly object[] | undefined {
  const parsed = values.flatMap((value) => parseDocument(value) ?? []);
  return values.length >= FEWEST_VALUES && parsed.length >= JSON_SHARE * values.length ? parsed : undefined;
}

function parseDocument(value: string): readonly [object] | undefined {
  if (!/^\s*[[{]/.test(value)) return undefined;
  const [parsed] = parseValue(value) ?? [];
  return typeof parsed === 'object' && parsed !== null ? [parsed] : undefined;
}

/** Any JSON value; undefined for one that was cut. */
export function parseValue(value: string): readonly [unknown] | undefined {
  try {
    return [JSON.parse(value)];
  } catch {
    return undefined;
  }
}

/** Names that are values: a path is shown to people, so none of these may stand in one. */
function isDataName(name: string): boolean {
  return name.length > 60 || /^\d+$/.test(name) || /^[0-9a-f-]{16,}$/i.test(name) || isPersonalName(name);
}

type Node = {
  members: Map<string, Node>;
  elements: Node | undefined;
  values: Set<string>;
  kinds: Set<string>;
  rows: number;
};

const newNode = (): Node => ({
  members: new Map(),
  elements: undefined,
  values: new Set(),
  kinds: new Set(),
  rows: 0,
});

function note(node: Node, value: unknown, depth: number): void {
  if (depth > DEEPEST) return;
  if (Array.isArray(value)) {
    node.elements ??= newNode();
    for (const element of value) note(node.elements, element, depth + 1);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) note(memberOf(node, name), inner, depth + 1);
  } else {
    noteLeaf(node, value);
  }
}

function memberOf(node: Node, name: string): Node {
  if (isDataName(name)) {
    node.elements ??= newNode();
    return node.elements;
  }
  const known = node.members.get(name);
  if (known) return known;
  const made = newNode();
  node.members.set(name, made);
  return made;
}

function noteLeaf(node: Node, value: unknown): void {
  node.rows += 1;
  if (value === null) return;
  node.kinds.add(typeof value);
  if (node.values.size < MOST_VALUES) node.values.add(String(value));
}

/** A map's members fall together into `*`. */
function collapse(node: Node): void {
  if (node.members.size > MOST_MEMBERS) {
    const target = node.elements ?? newNode();
    for (const member of node.members.values()) merge(target, member);
    node.members.clear();
    node.elements = target;
  }
  for (const member of node.members.values()) collapse(member);
  if (node.elements) collapse(node.elements);
}

function merge(into: Node, from: Node): void {
  into.rows += from.rows;
  for (const kind of from.kinds) into.kinds.add(kind);
  for (const value of from.values) if (into.values.size < MOST_VALUES) into.values.add(value);
  for (const [name, member] of from.members) merge(memberOf(into, name), member);
  if (from.elements) {
    into.elements ??= newNode();
    merge(into.elements, from.elements);
  }
}

function categoryOf(kinds: ReadonlySet<string>): TypeCategory {
  if (kinds.has('string')) return 'text';
  return kinds.has('number') ? 'numeric' : 'boolean';
}

function* leaves(node: Node, path: readonly string[], siblings: readonly string[]): Generator<PathValues> {
  if (node.values.size > 0) {
    yield { path, values: node.values, rows: node.rows, category: categoryOf(node.kinds), siblings };
  }
  const names = [...node.members.keys()];
  for (const [name, member] of node.members) yield* leaves(member, [...path, name], names);
  if (node.elements) yield* leaves(node.elements, [...path, '*'], siblings);
}

/** Each path of the documents that has values, at most 200, in the order of their first coming. */
export function pathsOf(documents: readonly unknown[]): readonly PathValues[] {
  const root = newNode();
  for (const document of documents) note(root, document, 0);
  collapse(root);
  return firstOf(leaves(root, [], []));
}

/** The type that a path's values have, for what a strategy can do with them. */
export function typeOfPath(category: TypeCategory): SourceType {
  const base = category === 'text' ? 'text' : category === 'boolean' ? 'bool' : 'numeric';
  return { sql: base, base, baseSchema: 'pg_catalog', category };
}

/** What a generator gives until there are enough. */
function firstOf(found: Generator<PathValues>): readonly PathValues[] {
  const taken: PathValues[] = [];
  for (const one of found) {
    taken.push(one);
    if (taken.length === MOST_PATHS) break;
  }
  return taken;
}
