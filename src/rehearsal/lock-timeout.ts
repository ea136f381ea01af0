import { code } from '../rules/words.ts';
import { blockedBy, type LockMode } from '../sql/effect.ts';
import type { Rates } from './contention/targets.ts';
import { duration } from './duration.ts';
import { roughly } from './scale-words.ts';

/** A lock that blocks others from an existing table, for so long. */
export type Hold = { readonly relation: string; readonly mode: LockMode; readonly heldMs: number };

/** Values that people write. Milliseconds. */
const STEPS = [100, 200, 500, 1000, 2000, 5000] as const;
/** Ordinary queries are over by then: with less, a migration of a busy table never gets its turn. */
const LEAST_MS = 500;
/** Queries that may queue behind the wait at most, where their rate is known. */
const MOST_QUEUED = 1000;

function perSecond({ relation, mode }: Hold, rates: Rates): number {
  const { readsPerSecond = 0, writesPerSecond = 0 } = rates.get(relation) ?? {};
  return (blockedBy(mode).reads ? readsPerSecond : 0) + writesPerSecond;
}

function atMost(ms: number): number {
  return STEPS.findLast((step) => step <= ms) ?? STEPS[0];
}

function atLeast(ms: number): number {
  return STEPS.find((step) => step >= ms) ?? 5000;
}

/**
 * While a migration waits for a strong lock, all who come after it wait too. So it may wait about as long as it then
 * holds the lock, which at most doubles what the table goes through, and no longer than a thousand queries take to come.
 * Undefined when no lock of the migrations blocks anybody.
 */
export function lockTimeout(
  holds: readonly Hold[],
  rates: Rates,
): { readonly ms: number; readonly advice: string } | undefined {
  const longest = holds.toSorted((a, b) => b.heldMs - a.heldMs)[0];
  if (longest === undefined) return undefined;
  const hottest = holds
    .map((hold) => ({ relation: hold.relation, rate: perSecond(hold, rates) }))
    .toSorted((a, b) => b.rate - a.rate)[0] ?? { relation: longest.relation, rate: 0 };
  const byHold = atLeast(Math.max(LEAST_MS, longest.heldMs));
  const ms = hottest.rate > 0 ? Math.min(byHold, atMost((MOST_QUEUED / hottest.rate) * 1000)) : byHold;
  const why = `the longest lock is held for ${duration(longest.heldMs)} (${code(longest.relation)}), and a wait for it keeps all others waiting as well`;
  const queue =
    hottest.rate > 0
      ? `; ${roughly((hottest.rate * ms) / 1000)} queries of ${code(hottest.relation)} would queue in that time`
      : '';
  return {
    ms,
    advice: `Set lock_timeout to ${ms} ms for the deploy, and try again when it gives up: ${why}${queue}.`,
  };
}
