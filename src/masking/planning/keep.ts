import type { Distinctness, Strategy } from '../strategy.ts';

/** The mask, but for rows that are kept. */
export function keptOr(kept: string | undefined, column: string, sql: string): string {
  return kept === undefined
    ? sql
    : `CASE WHEN ${kept} THEN "${column.replaceAll('"', '""')}" ELSE ${sql} END`;
}

/**
 * How different values stay where some are kept: a mask may equal a kept value, unless it is made of what no value is,
 * as an e-mail address of a reserved domain, or of so many bits that it is random.
 */
export function keptDistinctness(strategy: Strategy, distinctness: Distinctness): Distinctness {
  if (distinctness.kind !== 'injective' || strategy.as === 'email') return distinctness;
  // A UUID of version 4 has 122 random bits (RFC 9562, 5.4).
  return strategy.as === 'uuid' ? { kind: 'hash', bits: 122 } : { kind: 'none' };
}
