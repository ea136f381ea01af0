import type { Node, PartitionBoundSpec } from '@pgsql/types';
import { compareValues, type KeyValue } from './key-value.ts';
import type { Key, KeyTest } from './live-partitions.ts';

/** One end of what the tests leave of a key: values of its first columns, and whether they belong to it; endless without any. */
type End = { readonly values: readonly KeyValue[]; readonly inclusive: boolean };

/**
 * The first columns of the key that have one value each, and the ends that the next column's tests set: what the server
 * uses of a range's key (gen_partprune_steps_internal).
 */
function endsOf(key: Key, tests: readonly KeyTest[]): { readonly lower: End; readonly upper: End } {
  const fixed: KeyValue[] = [];
  for (const place of key.columns.keys()) {
    const point = tests.find((test) => test.place === place && test.operator === '=')?.value;
    if (point === undefined) break;
    fixed.push(point);
  }
  const next = tests.filter(({ place }) => place === fixed.length);
  return { lower: endOf(fixed, next, '>', -1), upper: endOf(fixed, next, '<', 1) };
}

/** The narrowest of the next column's tests in one direction. */
function endOf(fixed: readonly KeyValue[], tests: readonly KeyTest[], strict: '<' | '>', side: 1 | -1): End {
  let narrowest: End = { values: fixed, inclusive: true };
  for (const { operator, value } of tests) {
    if (value === undefined || (operator !== strict && operator !== `${strict}=`)) continue;
    const known = narrowest.values[fixed.length];
    const order = known && compareValues(value, known);
    const isNarrower = known === undefined || order === -side || (order === 0 && operator === strict);
    if (isNarrower) narrowest = { values: [...fixed, value], inclusive: operator !== strict };
  }
  return narrowest;
}

/** Whether a range has room between the ends; true where only the server knows. */
export function rangeIsLive(bound: PartitionBoundSpec, key: Key, tests: readonly KeyTest[]): boolean {
  const { lower, upper } = endsOf(key, tests);
  const startsAfter = compareEnd(bound.lowerdatums, upper, key);
  const stopsBefore = compareEnd(bound.upperdatums, lower, key);
  const isAbove = startsAfter === 1 || (startsAfter === 0 && !upper.inclusive);
  // A range leaves its upper bound out.
  const isBelow =
    stopsBefore === -1 ||
    (stopsBefore === 0 &&
      (lower.values.length === key.columns.length ||
        !lower.inclusive ||
        infinity(bound.upperdatums?.[lower.values.length]) === -1));
  return !isAbove && !isBelow;
}

/** How a bound stands to an end, by the columns that the end has values of; undefined where only the server knows. */
function compareEnd(datums: readonly Node[] | undefined, end: End, key: Key): -1 | 0 | 1 | undefined {
  for (const [place, value] of end.values.entries()) {
    const datum = datums?.[place];
    const infinite = infinity(datum);
    if (infinite !== undefined) return infinite;
    const known = key.read(datum, place);
    const order = known && compareValues(known, value);
    if (order === undefined || order === 'different') return undefined;
    if (order !== 0) return order;
  }
  // Without any value the end is endless, and nothing stands beyond it.
  return end.values.length === 0 ? undefined : 0;
}

/** MINVALUE and MAXVALUE come as column names (gram.y, PartitionBoundSpec). */
function infinity(datum: Node | undefined): -1 | 1 | undefined {
  const field = datum && 'ColumnRef' in datum ? datum.ColumnRef.fields?.[0] : undefined;
  const name = field && 'String' in field ? field.String.sval : undefined;
  if (name === 'minvalue') return -1;
  return name === 'maxvalue' ? 1 : undefined;
}

/** Whether ranges hold every row that meets the tests, so that none is in the default partition. False where only the server knows. */
export function rangesCover(
  ranges: readonly PartitionBoundSpec[],
  key: Key,
  tests: readonly KeyTest[],
): boolean {
  const { lower, upper } = endsOf(key, tests);
  const isWhole = key.columns.length === 1;
  const isPoint =
    lower.values.length === key.columns.length &&
    lower.values.every((value, place) => upper.values[place] === value);
  if (isPoint && lower.inclusive && upper.inclusive)
    return ranges.some((range) => holdsPoint(range, lower, key));
  if (!isWhole) return false;
  const steps = ranges
    .map((range) => ({ from: stepOf(range.lowerdatums?.[0], key), to: stepOf(range.upperdatums?.[0], key) }))
    .sort((a, b) => a.from.place - b.from.place);
  if (steps.some(({ from, to }) => Number.isNaN(from.place) || Number.isNaN(to.place))) return false;
  let reached = placeOf(lower, -1);
  const wanted = placeOf(upper, 1);
  for (const { from, to } of steps) if (from.place <= reached && to.place > reached) reached = to.place;
  return (
    reached > wanted || (reached === wanted && (!upper.inclusive || wanted === Number.POSITIVE_INFINITY))
  );
}

function holdsPoint(range: PartitionBoundSpec, point: End, key: Key): boolean {
  const from = compareEnd(range.lowerdatums, point, key);
  const to = compareEnd(range.upperdatums, point, key);
  return (from === -1 || from === 0) && to === 1;
}

/** A bound as a number on a line; NaN where that is not known. */
function stepOf(datum: Node | undefined, key: Key): { readonly place: number } {
  const infinite = infinity(datum);
  if (infinite !== undefined) return { place: infinite * Number.POSITIVE_INFINITY };
  const value = key.read(datum, 0);
  return { place: value === undefined ? Number.NaN : onLine(value) };
}

function placeOf({ values: [value] }: End, side: 1 | -1): number {
  return value === undefined ? side * Number.POSITIVE_INFINITY : onLine(value);
}

function onLine(value: KeyValue): number {
  if (value.kind === 'number') return value.number;
  return value.kind === 'moment' && !value.local ? value.milliseconds : Number.NaN;
}
