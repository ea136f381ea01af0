import type { RangeVar } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { relationName } from './names.ts';

/** Every tagged node below `root`, in no promised order. A loop, since a tree may be thousands deep. */
export function* walk(root: unknown): Generator<{ readonly tag: string; readonly value: object }> {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (Array.isArray(node)) {
      for (const item of node) open.push(item);
      continue;
    }
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      if (typeof value !== 'object' || value === null) continue;
      if (!Array.isArray(value)) yield { tag: key, value };
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
  return [...walk(root)].filter((found) => found.tag === tag).map(({ value }) => value as T);
}

/** Qualified names of the relations that a query or statement names in FROM, without its common table expressions. */
export function namedRelations(catalog: Catalog, root: unknown): readonly string[] {
  const tables = new Set(
    collect<{ ctename?: string }>(root, 'CommonTableExpr').map(({ ctename }) => ctename),
  );
  const ranges = collect<RangeVar>(root, 'RangeVar');
  return [
    ...new Set(
      ranges
        .filter(({ relname, schemaname }) => schemaname !== undefined || !tables.has(relname))
        .map((range) => relationName(catalog, range)),
    ),
  ];
}
