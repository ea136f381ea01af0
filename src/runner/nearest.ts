/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + same,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/**
 * The candidate that `text` was most likely meant to be, or undefined when none is near: at most one slip in
 * three letters, letter case and `_` for `-` free of charge.
 */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const plain = (word: string) => word.toLowerCase().replaceAll('_', '-');
  const wanted = plain(text);
  // Of numbers, none is a slip of another.
  if (wanted.length > 100 || /^\d+$/.test(wanted)) return undefined;
  const ranked = candidates
    .map((candidate) => ({ candidate, slips: distance(wanted, plain(candidate)) }))
    .sort((a, b) => a.slips - b.slips);
  const best = ranked[0];
  if (!best || best.slips > Math.max(1, Math.floor(best.candidate.length / 3))) return undefined;
  return best.candidate;
}
