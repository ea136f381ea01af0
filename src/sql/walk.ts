import type { RangeVar } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { relationName } from './names.ts';

/** Members that name what stands elsewhere in the query by its alias: FOR UPDATE OF o. */
const REPEATED = new Set(['lockedRels']);

/** The tagged nodes below an object, by tag. */
type TagIndex = ReadonlyMap<string, readonly object[]>;

/** Trees do not change, and rules and effects ask the same ones again and again. */
const indexes = new WeakMap<object, TagIndex>();

/** Every tagged node below `root`, in no promised order. A loop, since a tree may be thousands deep. */
function indexed(root: object): TagIndex {
  const known = indexes.get(root);
  if (known !== undefined) return known;
  const found = new Map<string, object[]>();
  const open: object[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (Array.isArray(node)) {
      for (const value of node) if (typeof value === 'object' && value !== null) open.push(value);
      continue;
    }
    for (const key in node) {
      const value = (node as Record<string, unknown>)[key];
      if (typeof value !== 'object' || value === null || REPEATED.has(key)) continue;
      open.push(value);
      if (Array.isArray(value)) continue;
      const same = found.get(key);
      if (same === undefined) found.set(key, [value]);
      else same.push(value);
    }
  }
  indexes.set(root, found);
  return found;
}

/** Whether a tree is too deep to be walked by functions that call themselves. */
export function isDeeperThan(root: unknown, limit: number): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    const next: unknown[] = [];
    for (const node of level)
      if (typeof node === 'object' && node !== null)
        for (const key in node) next.push((node as Record<string, unknown>)[key]);
    level = next;
  }
  return false;
}

/** Every node with this tag below `root`. */
export function collect<T>(root: unknown, tag: string): readonly T[] {
  return (isObject(root) ? belowOf(root)(tag) : NOTHING) as readonly T[];
}

/** Every node with one of these tags below `root`, by tag; each tag has its list. */
export function collectAll(root: unknown, tags: readonly string[]): ReadonlyMap<string, readonly object[]> {
  const below = isObject(root) ? belowOf(root) : () => NOTHING;
  return new Map(tags.map((tag) => [tag, below(tag)]));
}

const NOTHING: readonly object[] = [];

/** A tag is often put around a node for the asking alone, so it is the node that is remembered. */
function belowOf(root: object): (tag: string) => readonly object[] {
  const [key, other] = Object.keys(root);
  const value: unknown = key === undefined ? undefined : (root as Record<string, unknown>)[key];
  if (
    key === undefined ||
    other !== undefined ||
    REPEATED.has(key) ||
    !isObject(value) ||
    Array.isArray(value)
  )
    return (tag) => indexed(root).get(tag) ?? NOTHING;
  const inside = indexed(value);
  return (tag) => (tag === key ? [value, ...(inside.get(tag) ?? NOTHING)] : (inside.get(tag) ?? NOTHING));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What a query is asked about. */
export type QueryParts = ReadonlyMap<string, readonly object[]>;

const QUERY_TAGS = [
  'CommonTableExpr',
  'RangeVar',
  'FuncCall',
  'LockingClause',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
];

export function queryParts(root: unknown): QueryParts {
  return collectAll(root, QUERY_TAGS);
}

/** Qualified names of the relations that a query or statement names in FROM, without its common table expressions. */
export function namedRelations(catalog: Catalog, root: unknown): readonly string[] {
  return relationsIn(catalog, queryParts(root));
}

export function relationsIn(catalog: Catalog, parts: QueryParts): readonly string[] {
  const tables = new Set(
    (parts.get('CommonTableExpr') as { ctename?: string }[]).map(({ ctename }) => ctename),
  );
  const names = (parts.get('RangeVar') as RangeVar[])
    .filter(({ relname, schemaname }) => schemaname !== undefined || !tables.has(relname))
    .map((range) => relationName(catalog, range));
  return [...new Set(names)];
}
