export type LineDifference = { readonly removed: readonly string[]; readonly added: readonly string[] };

/** Beyond this product of lines the middle is told as replaced as a whole: the table of the comparison would grow with it. */
const MOST_CELLS = 1_000_000;

/** Lines that went and lines that came, each in their order: the fewest there can be, for texts that are not very long. */
export function lineDifference(before: readonly string[], after: readonly string[]): LineDifference {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const left = before.slice(head, before.length - tail);
  const right = after.slice(head, after.length - tail);
  if (left.length * right.length > MOST_CELLS) return { removed: left, added: right };
  return walk(left, right, commonLengths(left, right));
}

/** How many lines the texts have in common from each pair of lines on, in order. */
function commonLengths(left: readonly string[], right: readonly string[]): readonly Uint32Array[] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i--) {
    const [row, below] = [lengths[i] as Uint32Array, lengths[i + 1] as Uint32Array];
    for (let j = right.length - 1; j >= 0; j--) {
      row[j] = left[i] === right[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

function walk(
  left: readonly string[],
  right: readonly string[],
  lengths: readonly Uint32Array[],
): LineDifference {
  const removed: string[] = [];
  const added: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      i++;
      j++;
    } else if ((lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0)) removed.push(left[i++] as string);
    else added.push(right[j++] as string);
  }
  return { removed: [...removed, ...left.slice(i)], added: [...added, ...right.slice(j)] };
}
