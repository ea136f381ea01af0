import { UserError } from '../errors.ts';
import { rules } from './registry.ts';

export type UnknownRule = {
  readonly name: string /** Existing names that look most like it, nearest first, at most three. */;
  readonly nearest: readonly string[];
};

/** Names among the keys that no rule has. */
export function unknownRules(severities: Readonly<Record<string, unknown>>): readonly UnknownRule[] {
  const names = rules.map(({ slug }) => slug);
  return Object.keys(severities)
    .filter((name) => !names.includes(name))
    .map((name) => ({ name, nearest: nearestNames(name, names) }));
}

/** Throws UserError that lists every unknown name with what may have been meant. */
export function assertKnownRules(severities: Readonly<Record<string, unknown>>): void {
  const unknown = unknownRules(severities);
  if (unknown.length === 0) return;
  const list = unknown.map(({ name, nearest }) =>
    nearest.length > 0 ? `${name} (did you mean ${nearest.join(' or ')}?)` : name,
  );
  throw new UserError(`There is no rule ${list.join(', nor ')}.`, {
    hint: `The rules are: ${rules.map(({ slug }) => slug).join(', ')}.`,
  });
}

function nearestNames(name: string, names: readonly string[]): readonly string[] {
  const distances = names.map((known) => ({ known, distance: editDistance(name, known) }));
  const limit = Math.max(3, Math.floor(name.length / 2));
  return distances
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ known }) => known);
}

/** Levenshtein's distance, one row at a time. Long names are cut: they are far from everything anyhow. */
function editDistance(from: string, to: string): number {
  const source = from.slice(0, 80);
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...source].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (letter === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
