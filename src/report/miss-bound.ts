import type { ObservedStatement } from '../evidence/schema.ts';
import { durationWords } from './words.ts';

/** Rounded up, so that the bound holds as it is printed. */
function boundWords(milliseconds: number): string {
  const tenths = Math.ceil(milliseconds * 10) / 10;
  return tenths < 100 ? `${tenths.toFixed(1)} ms` : durationWords(Math.ceil(milliseconds));
}

/** What the sampling of a statement's locks may have missed; undefined when they were read exactly. */
export function missBound({ sampled, sampling }: ObservedStatement): string | undefined {
  if (!sampled) return undefined;
  if (sampling === undefined) return 'a short one may be missing';
  return `a lock shorter than ${boundWords(sampling.longestGapMs)} may be missing`;
}

/** The same for all statements of a migration together. */
export function worstMissBound(statements: readonly ObservedStatement[]): string | undefined {
  const sampled = statements.filter(({ sampling }) => sampling !== undefined);
  const [worst] = sampled.toSorted(
    (a, b) => (b.sampling?.longestGapMs ?? 0) - (a.sampling?.longestGapMs ?? 0),
  );
  return worst && missBound(worst);
}
