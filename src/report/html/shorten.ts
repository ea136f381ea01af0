import { clip } from '../plain.ts';

/** At most so many items of an array and UTF-16 units of a text. */
export type Cut = { readonly items: number; readonly characters: number };

export type Shortened = {
  readonly value: unknown;
  /** How many of what are missing: `40 of lint.statements[].effects`. */
  readonly leftOut: readonly string[];
};

/**
 * The same JSON value with long arrays and texts cut. It is still JSON, but no longer valid evidence where a field that
 * was cut has a form of its own. Undefined as soon as it is certain to be longer than so many UTF-16 units.
 */
export function shorten(value: unknown, cut: Cut, most = Number.POSITIVE_INFINITY): Shortened | undefined {
  const state: State = { cut, counts: new Map(), left: most };
  const short = walk(value, '', state);
  if (state.left < 0) return undefined;
  return { value: short, leftOut: [...state.counts].map(([what, amount]) => `${amount} ${what}`) };
}

type State = { readonly cut: Cut; readonly counts: Map<string, number>; left: number };

function walk(value: unknown, path: string, state: State): unknown {
  const { items, characters } = state.cut;
  state.left -= 1;
  if (state.left < 0) return undefined;
  if (typeof value === 'string') {
    if (value.length > characters) count(state, `long texts of ${path}`, 1);
    state.left -= Math.min(value.length, characters);
    return clip(value, characters);
  }
  if (Array.isArray(value)) {
    if (value.length > items) count(state, `of ${path}`, value.length - items);
    return value.slice(0, items).map((item) => walk(item, `${path}[]`, state));
  }
  return typeof value === 'object' && value !== null ? walkFields(value, path, state) : value;
}

function walkFields(value: object, path: string, state: State): unknown {
  const fields: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    state.left -= key.length;
    fields[key] = walk(item, path === '' ? key : `${path}.${key}`, state);
  }
  return fields;
}

function count({ counts }: State, what: string, amount: number): void {
  counts.set(what, (counts.get(what) ?? 0) + amount);
}
