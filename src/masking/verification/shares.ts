/** Shares `total` fairly: who asks for less than the equal share leaves the rest to the others. */
export function shareFairly(total: number, asked: readonly number[]): readonly number[] {
  const shares = asked.map(() => 0);
  const order = asked.map((_, index) => index).toSorted((a, b) => (asked[a] ?? 0) - (asked[b] ?? 0));
  let left = total;
  order.forEach((index, place) => {
    const share = Math.min(asked[index] ?? 0, Math.floor(left / (order.length - place)));
    shares[index] = share;
    left -= share;
  });
  return shares;
}
