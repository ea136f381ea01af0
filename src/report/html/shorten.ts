import { clip } from '../plain.ts';

/** At most so many items of an array and UTF-16 units of a text. */
export type Cut = { readonly items: number; readonly characters: number };

/**
 * The same JSON value with long arrays and texts cut, and what was cut, by its path: `lint.statements[].effects: 40
 * items`. The cut value is still JSON, but no longer valid evidence where a field that was cut has a form of its own.
 */
export function shorten(
  value: unknown,
  cut: Cut,
): { readonly value: unknown; readonly leftOut: readonly string[] } {
  const counts = new Map<string, number>();
  const short = walk(
    value,
    '',
    cut,
    (what) => (amount) => counts.set(what, (counts.get(what) ?? 0) + amount),
  );
  return { value: short, leftOut: [...counts].map(([what, amount]) => `${amount} ${what}`) };
}

type Count = (what: string) => (amount: number) => void;

function walk(value: unknown, path: string, cut: Cut, count: Count): unknown {
  if (typeof value === 'string') {
    if (value.length > cut.characters) count(`long texts of ${path}`)(1);
    return clip(value, cut.characters);
  }
  if (Array.isArray(value)) {
    if (value.length > cut.items) count(`of ${path}`)(value.length - cut.items);
    return value.slice(0, cut.items).map((item) => walk(item, `${path}[]`, cut, count));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      walk(item, path === '' ? key : `${path}.${key}`, cut, count),
    ]),
  );
}
