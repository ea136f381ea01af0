import type { RangeVar } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { relationName } from './names.ts';

/** Members that name what stands elsewhere in the query by its alias: FOR UPDATE OF o. */
const REPEATED = new Set(['lockedRels']);

/** Hands every tagged node below `root` to `visit`, in no promised order. A loop, since a tree may be thousands deep. */
function walk(root: object, visit: (tag: string, value: object) => void): void {
  const open: object[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const isList = Array.isArray(node);
    for (const key in node) {
      const value = (node as Record<string, unknown>)[key];
      if (typeof value !== 'object' || value === null || REPEATED.has(key)) continue;
      if (!isList && !Array.isArray(value)) visit(key, value);
      open.push(value);
    }
  }
}

/** Whether a tree is too deep to be walked by functions that call themselves. */
export function isDeeperThan(root: unknown, limit: number): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []));
  }
  return false;
}

/** Every node with this tag below `root`. */
export function collect<T>(root: unknown, tag: string): readonly T[] {
  return collectAll(root, [tag]).get(tag) as readonly T[];
}

/** Every node with one of these tags below `root`, by tag; each tag has its list. One walk, since a statement may be megabytes. */
export function collectAll(root: unknown, tags: readonly string[]): ReadonlyMap<string, readonly object[]> {
  const found = new Map<string, object[]>(tags.map((tag) => [tag, []]));
  if (typeof root === 'object' && root !== null) walk(root, (tag, value) => found.get(tag)?.push(value));
  return found;
}

/** What a query is asked about: one walk for all of it. */
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
