import { INJECTIVE, maskedAs, type Outcome, refuse, SHAPE_KEPT, type Subject } from './masked.ts';
import { call, cast, key, op, text } from './sql.ts';

/**
 * The labels change places: each becomes the next in the order of their keyed hashes, and the last one the first, so that
 * none stays what it is. That order reads no row, so it is found once for a query. `allowed` are the values that a CHECK allows to a column of text.
 */
export function maskEnum(subject: Subject, allowed: readonly string[] | undefined): Outcome {
  const labels = subject.type.labels ?? (allowed && [...new Set(allowed)]);
  if (labels === undefined || labels.length === 0) {
    return refuse(
      `\`enum\` needs a type with labels or a CHECK that lists the values, and ${subject.type.sql} has neither`,
      'Use `code`, `set`, or `null`.',
    );
  }
  const list = `ARRAY[${labels.map(text).join(', ')}]`;
  const hashed = call('sha256', `${key(subject.domain)} OPERATOR(pg_catalog.||) ${call('textsend', 'l.l')}`);
  const shuffled = `(SELECT pg_catalog.array_agg(l.l ORDER BY ${hashed}) FROM pg_catalog.unnest(${list}) AS l(l))`;
  const value = cast(subject.value, 'text');
  const next = op('+', op('%', call('array_position', shuffled, value), labels.length), 1);
  return maskedAs(`(${shuffled})[${next}]`, {
    distinctness: INJECTIVE,
    keeps: { ...SHAPE_KEPT, length: false, trusted: subject.type.labels === undefined },
    notes: labels.length < 3 ? ['Two labels change places, which hides little.'] : [],
  });
}
