import type { ColumnStatistics } from '../source.ts';

/** How like the source a column is to the planner: 0 to 1, and of what the score is made. */
export type Fidelity = { readonly score: number; readonly parts: Readonly<Record<string, number>> };

/** The parts' weights in the score. What decides plans most, how many rows a condition finds, weighs most. */
const WEIGHTS: Readonly<Record<string, number>> = {
  nulls: 2,
  distinct: 3,
  width: 1,
  frequencies: 3,
  correlation: 1,
};

/** A factor of ten apart in the number of distinct values is worth nothing any more. */
const DISTINCT_DECADES = 1;

/**
 * Compares the planner's statistics of a column before and after masking. Each part is 1 when equal:
 *
 * - nulls: 1 less the difference of the null fractions.
 * - distinct: 1 less the distance of the distinct counts in powers of ten, both as counts of their own rows.
 * - width: the smaller average width by the larger.
 * - frequencies: 1 less half of the sum of differences of the most frequent values' shares, rank by rank, what one side
 *   has more of counted as 0 on the other (the total variation distance), by the larger total.
 * - correlation: 1 less half of the difference of the sizes and signs, from -1 to 1.
 *
 * The score is their weighted geometric mean, so that one part that is lost cannot be made good by the others.
 * `rows`: of the source and of the copy, which a subset makes smaller.
 */
export function fidelity(
  before: ColumnStatistics,
  after: ColumnStatistics,
  rows: { readonly source: number; readonly copy: number },
): Fidelity {
  const parts: Record<string, number> = {
    nulls: 1 - Math.abs(before.nullFraction - after.nullFraction),
    distinct: nearness(countOf(before, rows.source), countOf(after, rows.copy), rows),
    width: quotient(before.averageWidth, after.averageWidth),
    frequencies: likeFrequencies(before.frequencies, after.frequencies),
  };
  if (before.correlation !== undefined && after.correlation !== undefined) {
    parts.correlation = 1 - Math.abs(before.correlation - after.correlation) / 2;
  }
  const weights = Object.keys(parts).map((name) => WEIGHTS[name] ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const logs = Object.values(parts).map((part, at) => Math.log(Math.max(part, 1e-9)) * (weights[at] ?? 1));
  const score = Math.exp(logs.reduce((sum, log) => sum + log, 0) / total);
  return {
    score: clamp(score),
    parts: Object.fromEntries(Object.entries(parts).map(([k, v]) => [k, clamp(v)])),
  };
}

/** pg_stats.n_distinct below 0 is minus the share of the rows (docs: 53.28). */
function countOf({ distinct }: ColumnStatistics, rows: number): number {
  return distinct < 0 ? -distinct * rows : distinct;
}

/** A subset has fewer distinct values where these are a share of the rows; so either the counts or the shares may agree. */
function nearness(before: number, after: number, rows: { source: number; copy: number }): number {
  const scaled = rows.source > 0 ? (before * rows.copy) / rows.source : before;
  return Math.max(decades(before, after), decades(scaled, after));
}

function decades(a: number, b: number): number {
  if (a <= 0 || b <= 0) return a === b ? 1 : 0;
  return Math.max(0, 1 - Math.abs(Math.log10(a / b)) / DISTINCT_DECADES);
}

function quotient(a: number, b: number): number {
  const larger = Math.max(a, b);
  return larger === 0 ? 1 : Math.min(a, b) / larger;
}

function likeFrequencies(before: readonly number[], after: readonly number[]): number {
  const ranks = Math.max(before.length, after.length);
  const total = Math.max(sum(before), sum(after));
  if (total === 0) return 1;
  let apart = 0;
  for (let rank = 0; rank < ranks; rank += 1) apart += Math.abs((before[rank] ?? 0) - (after[rank] ?? 0));
  return Math.max(0, 1 - apart / (2 * total));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function clamp(number: number): number {
  return Math.round(Math.min(1, Math.max(0, number)) * 1000) / 1000;
}
