import type { DrillRecord } from '../evidence/refresh-schema.ts';
import { durationWords } from './words.ts';

/** Runs that a median is taken of, the newest ones. */
const COMPARED = 5;
/** A change below is what two runs on one machine differ by anyway. */
const NOTABLE = 0.1;

/**
 * How this drill's recovery compares with earlier ones, given oldest first: `RTO 12 % slower than the median of 5`.
 * Empty where there is nothing to compare; only drills of the same kind of source count.
 */
export function drillTrend(record: DrillRecord, earlier: readonly DrillRecord[]): readonly string[] {
  const alike = earlier.filter(({ source }) => source === record.source);
  return [
    ...compare('RTO', record.rtoMs, recent(alike.map(({ rtoMs }) => rtoMs)), ['slower', 'faster']),
    ...compare(
      'RPO',
      milliseconds(record.rpoSeconds),
      recent(alike.map(({ rpoSeconds }) => milliseconds(rpoSeconds))),
      ['older', 'fresher'],
    ),
  ];
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

function recent(values: readonly (number | null)[]): readonly number[] {
  return values.filter((value) => value !== null).slice(-COMPARED);
}

function compare(
  what: string,
  now: number | null,
  before: readonly number[],
  [more, less]: readonly [string, string],
): readonly string[] {
  const median = medianOf(before);
  if (now === null || median === undefined || median <= 0) return [];
  const change = (now - median) / median;
  const of = before.length === 1 ? 'the last one' : `the median of ${before.length}`;
  const told = ` (${durationWords(now)} after ${durationWords(median)})`;
  if (Math.abs(change) < NOTABLE) return [`${what} as ${of}${told}`];
  const percent = Math.round(Math.abs(change) * 100);
  return [`${what} ${percent} % ${change > 0 ? more : less} than ${of}${told}`];
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return undefined;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
