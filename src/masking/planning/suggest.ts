import type { Detection } from '../detection/detection.ts';
import type { Strategy } from '../strategy.ts';
import type { Place } from './column-id.ts';

/** A rule to begin with: what the detections say, or for a search vector what it is made of; `clear` when nothing speaks against it. */
export function suggestRule({ table, column }: Place, detections: readonly Detection[]): Strategy {
  if (column.type.category === 'tsvector') return { as: 'derive', expression: searchVector(table) };
  const sorted = detections.toSorted((a, b) => b.confidence - a.confidence);
  const whole = sorted.find(({ path }) => path.length === 0);
  if (whole) return whole.strategy;
  const paths = new Map(sorted.toReversed().map((one) => [JSON.stringify(one.path), one]));
  if (paths.size > 0) {
    const members = [...paths.values()].map(({ path, strategy }) => ({ path, strategy }));
    return { as: 'json', paths: members, otherwise: 'mask' };
  }
  // A document may hold anything that its name and its sample do not show.
  if (column.type.category === 'json') return { as: 'json', paths: [], otherwise: 'mask' };
  return { as: 'clear' };
}

function searchVector(table: Place['table']): string {
  // A computed column has no mask of its own to derive from.
  const texts = table.columns
    .filter(({ type, generated }) => type.category === 'text' && generated === undefined)
    .map(({ name }) => `"${name.replaceAll('"', '""')}"`);
  const [first, ...others] = texts;
  if (first === undefined) return "to_tsvector('simple', '')";
  const all =
    others.length === 0 ? first : [first, ...others].map((one) => `coalesce(${one}, '')`).join(" || ' ' || ");
  return `to_tsvector('simple', ${all})`;
}
